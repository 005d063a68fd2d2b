#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent, killed before every single call that changes something.
STEP=1 exec bash "$(dirname "$0")/../cli/agent-crash.t"
