//! The tests of turns once more, at a server that can do nothing but answer (HARNESS V4).

use headwater_testkit::server::run_again_minimal;

#[test]
fn v4_sessions_are_the_same_at_a_server_that_can_do_nothing_but_answer() {
    let again = [
        "approving::",
        "attempting::",
        "evicting::",
        "finishing::",
        "holding::",
        "resuming::",
        "rewinding::",
    ];
    run_again_minimal(&again, &["a2_"]);
}
