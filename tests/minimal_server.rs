//! A server that can do nothing but answer: the tests of turns run a second time against it (HARNESS V4).

use headwater_testkit::server::run_again_minimal;

/// Subjects whose tests run again.
const AGAIN: [&str; 6] = ["approvals::", "contracts::", "exec::", "pressure::", "repairs::", "stopping::"];
/// What hangs on a report of usage: prices, what a cache knew, and the count of a server that counts JSON.
const SKIPPED: [&str; 4] = ["cost", "cache_knew", "sixty_results", "minimal_server::"];

#[test]
fn v4_turns_run_the_same_at_a_server_that_can_do_nothing_but_answer() {
    run_again_minimal(&AGAIN, &SKIPPED);
}
