#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libload.sh - what `process`, which is no shell, needs of libsoftware.sh.
#
#	sh libload.sh RUNNER probe
#	sh libload.sh RUNNER start JOBDIR PROGRAM [ARG...]
#
# `start` makes ready what the request's modules and environment name, and
# becomes the program.

# For lib.sh.
# shellcheck disable=SC2034
runner=$1 verb=$2 job=${3-}
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=libsoftware.sh
. "${0%/*}/libsoftware.sh"

case $verb in
probe)	software_probe ;;
start)	shift 3
	software_load
	exec "$@" ;;
esac
