# SPDX-License-Identifier: GPL-2.0-or-later
#
# Aloud - prove's own formatter, which also tells what failed and what was
# skipped, in one place at the end.
#
# prove keeps the comments around a failed check to itself, and is content
# when a test skips.  We are not: a check that was not made must not look like
# one that passed.  Both lists come before prove's summary, so that the last
# line stays its verdict.
package Aloud;

use strict;
use warnings;
use TAP::Formatter::Console;
use TAP::Formatter::File;

# As prove chooses: with a running display only where somebody looks at it.
our @ISA = (-t STDOUT && !$ENV{CI} ? 'TAP::Formatter::Console' : 'TAP::Formatter::File');

my $lines_per_failure = 60;
my (@failed, @skipped);

sub open_test {
	my ($self, $test, $parser) = @_;
	my $failure;	# the one that comments now belong to
	my @before;	# comments since the last check: a seed, a story

	$parser->callback(test => sub {
		my ($result) = @_;
		push @skipped, "$test: " . $result->explanation if $result->has_skip;
		undef $failure;
		my @story = splice @before;
		return if $result->is_ok;
		$failure = [$test, @story, $result->as_string];
		push @failed, $failure;
	});
	$parser->callback(comment => sub {
		push @{$failure || \@before}, $_[0]->as_string;
	});
	$parser->callback(plan => sub {
		my ($plan) = @_;
		undef $failure;
		push @skipped, "$test: everything: " . $plan->explanation
			if $plan->has_directive && $plan->directive eq 'SKIP';
	});
	return $self->SUPER::open_test($test, $parser);
}

sub tell_failed {
	for (@failed) {
		my ($test, @lines) = @$_;
		splice @lines, $lines_per_failure, @lines, '# ...' if @lines > $lines_per_failure;
		print "\n*** $test\n", map { "    $_\n" } @lines;
	}
}

sub tell_skipped {
	return unless @skipped;
	my %count;
	$count{$_}++ for @skipped;
	print "\n*** SKIPPED: ", scalar @skipped, " checks were not made\n";
	print "    $_", $count{$_} > 1 ? " ($count{$_} times)" : '', "\n" for sort keys %count;
	print "\n";
}

sub summary {
	my ($self, @rest) = @_;

	tell_failed();
	tell_skipped();
	return $self->SUPER::summary(@rest);
}

1;
