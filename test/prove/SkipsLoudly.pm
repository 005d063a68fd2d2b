# SPDX-License-Identifier: GPL-2.0-or-later
#
# SkipsLoudly - prove's own formatter, which also lists what was skipped.
#
# prove is content when a test skips; we are not: a check that was not made
# must not look like one that passed.  The list comes before prove's summary,
# so that the last line stays its verdict.
package SkipsLoudly;

use strict;
use warnings;
use base 'TAP::Formatter::Console';

my @skips;

sub open_test {
	my ($self, $test, $parser) = @_;

	$parser->callback(test => sub {
		my ($result) = @_;
		push @skips, [$test, $result->explanation] if $result->has_skip;
	});
	$parser->callback(plan => sub {
		my ($plan) = @_;
		push @skips, [$test, 'everything: ' . $plan->explanation]
			if $plan->has_directive && $plan->directive eq 'SKIP';
	});
	return $self->SUPER::open_test($test, $parser);
}

sub summary {
	my ($self, @rest) = @_;

	if (@skips) {
		my %count;
		$count{"$_->[0]: $_->[1]"}++ for @skips;
		print "\n*** SKIPPED: ", scalar @skips, " checks were not made\n";
		print "***   $_", $count{$_} > 1 ? " ($count{$_} times)" : '', "\n"
			for sort keys %count;
		print "\n";
	}
	return $self->SUPER::summary(@rest);
}

1;
