//! What is hidden from a command: it cannot be read by any means under any mechanism, and reading it is an error.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use headwater_sandbox::{Mechanism, Probe, Profile, ShellCommand};

use crate::stage::{Stage, WRITE, has, mechanisms, run, text, with_namespaces};

const PROFILES: [Profile; 3] = [Profile::ReadOnly, WRITE, Profile::WorkspaceWrite { network: true }];

/// A workspace with a secret in `.env`, behind links and in a directory.
fn stage() -> Stage {
    let stage = Stage::new();
    let at = |path: &str| stage.work.join(path);
    fs::create_dir_all(at("keys/deep")).unwrap();
    for (path, content) in
        [(".env", "KEY=swordfish\n"), ("keys/a", "swordfish\n"), ("keys/deep/b", "swordfish\n")]
    {
        fs::write(at(path), content).unwrap();
    }
    fs::write(at("README"), "plain\n").unwrap();
    symlink(".env", at("link")).unwrap();
    symlink("keys", at("short")).unwrap();
    fs::hard_link(at(".env"), at("twin")).unwrap();
    stage
}

fn command(stage: &Stage, profile: Profile, script: &str) -> ShellCommand {
    let mut command = stage.command(profile, script);
    let hidden = [".env", "twin", "keys", "keys/a", "not-there"];
    command.confinement.hidden = hidden.iter().map(|path| stage.work.join(path)).collect();
    command
}

fn hides_names(probe: &Probe) -> bool {
    !matches!(probe.mechanism, Mechanism::Landlock { .. })
}

#[tokio::test]
async fn p5_what_is_hidden_cannot_be_read_by_any_means() {
    let attempts = [
        "cat .env link twin; cat keys/a short/a keys/deep/b; cat < .env; cat .e* k*/*",
        "grep -r swordfish . ; grep -rs swordfish keys/ ; find . -type f -exec cat {} +",
        "cp .env copy; cat copy; cp -r keys other; cat other/a; tar cf - . | tr -d '\\0' | grep -a swordfish",
        "mv .env moved; cat moved; mv keys gone; cat gone/a",
        "ln .env hard; cat hard; ln keys/a hard2; cat hard2; ln -s keys/a soft; cat soft",
        "umount .env keys; umount -l .env; umount -l keys; cat .env keys/a",
        "chmod 777 .env keys; chown $(id -u) keys; mount -o remount,rw keys; chmod 777 keys; cat .env keys/a",
        "cat /proc/self/cwd/.env /proc/self/root/$PWD/keys/a /proc/$PPID/cwd/.env /proc/1/cwd/keys/a",
        "unshare -Urm sh -c 'umount -l .env keys; cat .env keys/a'; nsenter -t 1 -m cat $PWD/.env",
        "exec 3< .env && cat <&3; dd if=.env; head -c9 .env; while read -r l; do echo $l; done < keys/a",
        "mkdir over && mount --bind keys over; cat over/a; mount --bind .env README; cat README",
        "for user in 1 65534; do setpriv --reuid $user cat .env keys/a; done",
    ];
    for probe in mechanisms() {
        for profile in PROFILES {
            for attempt in attempts {
                let stage = stage();
                let script = format!("{{ {attempt}; }} 2>&1; echo tried");
                let said = text(&run(&probe, command(&stage, profile, &script)).await);
                let is_read = said.contains("swordfish\n") || said.contains("KEY=");
                assert!(said.contains("tried") && !is_read, "{attempt}: {probe:?} {profile:?}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn p5_reading_what_is_hidden_is_an_error_and_never_empty() {
    let stage = stage();
    let attempts = ["cat .env", "cat keys/a", "cat short/deep/b", "cat twin link", "wc -c .env"];
    for probe in mechanisms() {
        for profile in PROFILES {
            for attempt in attempts {
                let outcome = run(&probe, command(&stage, profile, attempt)).await;
                assert!(!outcome.exit.is_success(), "{attempt}: {probe:?} {profile:?}: {}", text(&outcome));
            }
            if hides_names(&probe) {
                let outcome = run(&probe, command(&stage, profile, "ls keys")).await;
                assert!(!outcome.exit.is_success(), "{probe:?} {profile:?}: {}", text(&outcome));
            }
        }
    }
}

#[tokio::test]
async fn p5_what_stands_beside_the_hidden_works_as_before() {
    let script = "set -e; cat README; echo new >> README; mkdir made; echo x > made/file; mv made moved; ls -a; \
                  test -e .env; head -c4 /etc/passwd; cat README";
    for probe in mechanisms() {
        let stage = stage();
        let outcome = run(&probe, command(&stage, WRITE, script)).await;
        assert!(outcome.exit.is_success(), "{probe:?}: {}", text(&outcome));
        assert!(text(&outcome).contains("plain\nnew\n"), "{}", text(&outcome));
        let outcome = run(&probe, command(&stage, WRITE, "cat moved/file && rm -r moved")).await;
        assert!(outcome.exit.is_success(), "what was made is read by the next command: {}", text(&outcome));
    }
}

#[tokio::test]
async fn s3_the_way_to_the_hidden_cannot_be_moved_away_while_it_is_looked_for() {
    for probe in with_namespaces() {
        let stage = Stage::new();
        fs::create_dir_all(stage.work.join("api/inner")).unwrap();
        fs::write(stage.work.join("api/inner/.env"), "KEY=swordfish\n").unwrap();
        let attempt = "mv api other; mv api/inner here; rm -rf api/inner/.env; rmdir api; true";
        let mut command = stage.command(WRITE, attempt);
        command.confinement.hidden = vec![stage.work.join("api/inner/.env")];
        run(&probe, command).await;
        let kept = fs::read_to_string(stage.work.join("api/inner/.env"));
        assert_eq!(kept.unwrap(), "KEY=swordfish\n", "{probe:?}");
    }
}

#[tokio::test]
async fn s3_a_command_that_gives_the_hidden_another_name_opens_it_to_nobody() {
    for probe in mechanisms() {
        let stage = stage();
        fs::create_dir_all(stage.work.join("api/keys")).unwrap();
        fs::write(stage.work.join("api/keys/c"), "swordfish\n").unwrap();
        let moves = "mv .env plain; mv keys k; mv api/keys api/k; mv api b; mv twin keys2; true";
        let mut command = command(&stage, WRITE, moves);
        command.confinement.hidden.push(stage.work.join("api/keys"));
        let outcome = run(&probe, command).await;
        for path in [".env", "keys/a", "api/keys/c", "twin"] {
            assert!(fs::read_to_string(stage.work.join(path)).is_ok(), "{path}: {probe:?} {outcome:?}");
        }
        assert_eq!(outcome.violations.is_empty(), hides_names(&probe), "{probe:?}: {:?}", outcome.violations);
    }
}

#[tokio::test]
async fn s6_what_a_command_does_to_the_hidden_leaves_it_as_it_was() {
    let attempts = [
        "rm -f .env; rm -rf keys; rm -f twin",
        "echo x > .env; echo y >> twin; : > keys/a; rm -f keys/deep/b; echo z > keys/new",
        "cp README .env; mv README keys/a; truncate -s 0 twin",
        "mv .env plain; echo x > .env; mv keys k; mkdir keys; echo x > keys/a",
        "ln -sf README .env; rm -rf keys; ln -s . keys; chmod 777 twin",
    ];
    for probe in mechanisms() {
        for attempt in attempts {
            let stage = stage();
            let aside = stage.work.parent().unwrap().join("aside");
            let mut command = command(&stage, WRITE, &format!("{{ {attempt}; }} 2>/dev/null; true"));
            command.confinement.aside = Some(aside.clone());
            let outcome = run(&probe, command).await;
            for (path, content) in [
                (".env", "KEY=swordfish\n"),
                ("twin", "KEY=swordfish\n"),
                ("keys/a", "swordfish\n"),
                ("keys/deep/b", "swordfish\n"),
            ] {
                let found = fs::read_to_string(stage.work.join(path)).ok();
                assert_eq!(found.as_deref(), Some(content), "{path} after {attempt}: {probe:?} {outcome:?}");
            }
            assert!(!stage.work.join("keys/new").exists(), "{attempt}: {probe:?} {outcome:?}");
            assert_eq!(
                outcome.violations.is_empty(),
                hides_names(&probe),
                "{attempt}: {probe:?} {outcome:?}"
            );
            if attempt.contains("echo z") && !hides_names(&probe) {
                assert!(fs::read_dir(&aside).unwrap().count() >= 4, "what was there is kept: {outcome:?}");
            }
        }
    }
}

#[tokio::test]
async fn s6_a_job_puts_back_what_is_gone_and_leaves_what_a_person_may_have_written() {
    for probe in mechanisms() {
        let stage = stage();
        let job = command(&stage, WRITE, "rm -f twin; echo removed; read -r _ < go; true");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            stage.work.join("go"),
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .unwrap();
        let runner = headwater_sandbox::Runner::new(probe.clone());
        let job = runner.spawn_background(job).await.unwrap();
        let writing = stage.work.join("go");
        let env = stage.work.join(".env");
        let done = tokio::task::spawn_blocking(move || {
            // Opens when the job has come to read from it.
            let mut go = fs::File::options().write(true).open(writing).unwrap();
            fs::write(env, "KEY=of the person\n").unwrap();
            std::io::Write::write_all(&mut go, b"go\n").unwrap();
        });
        done.await.unwrap();
        let ended = job.ended().await;
        assert!(matches!(ended, headwater_sandbox::JobState::Ended { .. }), "{ended:?}");
        assert_eq!(fs::read_to_string(stage.work.join(".env")).unwrap(), "KEY=of the person\n", "{probe:?}");
        assert!(stage.work.join("twin").exists(), "{probe:?} {ended:?}");
    }
}

#[tokio::test]
async fn p5_what_is_kept_cannot_be_read_and_takes_no_right_from_root() {
    let attempts = [
        "cat store/a store/deep/b config; grep -r swordfish store config .",
        "chmod 777 store config; umount -l store; cat store/a config",
        "mv store away; mv config c; cat away/a c; cp -r store copy; cat copy/a; ln config hard; cat hard",
        "cat /proc/self/root/$PWD/store/a /proc/self/cwd/config; find . -type f -exec cat {} +",
        "unshare -Urm sh -c 'umount -l store config; cat store/a config'",
    ];
    for probe in mechanisms() {
        for profile in PROFILES {
            let plain = Stage::new();
            let rights = "grep CapEff /proc/self/status";
            let before = text(&plain.run(&probe, profile, rights).await);
            for attempt in attempts.iter().chain([&rights]) {
                let stage = Stage::new();
                fs::create_dir_all(stage.work.join("store/deep")).unwrap();
                for path in ["store/a", "store/deep/b", "config"] {
                    fs::write(stage.work.join(path), "swordfish\n").unwrap();
                }
                let mut command = stage.command(profile, format!("{{ {attempt}; }} 2>&1; echo tried"));
                command.confinement.kept = ["store", "config", "gone"].map(|it| stage.work.join(it)).into();
                let said = text(&run(&probe, command).await);
                assert!(
                    said.contains("tried") && !said.contains("swordfish\n"),
                    "{attempt}: {probe:?} {profile:?}: {said}"
                );
                assert!(
                    !said.contains("CapEff") || said.starts_with(before.trim()),
                    "{probe:?}: {said} {before}"
                );
                assert_eq!(fs::read_to_string(stage.work.join("store/a")).unwrap(), "swordfish\n");
            }
        }
    }
}

#[tokio::test]
async fn s9_a_command_reads_its_temporary_files_beside_what_is_kept() {
    let script =
        "f=$(mktemp -p ../outside); echo made > $f; cat $f; cat ../outside/home/sessions; cat store; true";
    for probe in mechanisms() {
        for profile in [WRITE, Profile::WorkspaceWrite { network: true }] {
            let stage = Stage::new();
            let sessions = stage.outside.join("home/sessions");
            fs::create_dir_all(stage.outside.join("home")).unwrap();
            fs::write(&sessions, "swordfish\n").unwrap();
            fs::write(stage.work.join("store"), "tuna\n").unwrap();
            let mut command = stage.command(profile, script);
            command.confinement.writable = vec![stage.outside.clone()];
            command.confinement.kept = vec![sessions, stage.work.join("store")];
            let said = text(&run(&probe, command).await);
            assert!(said.contains("made") && !said.contains("tuna"), "{probe:?}: {said}");
            // Landlock can only hide it together with what the command makes there.
            assert_eq!(said.contains("swordfish"), !hides_names(&probe), "{probe:?}: {said}");
        }
    }
}

#[tokio::test]
async fn s3_git_records_no_loss_of_what_is_hidden() {
    if !has("git") {
        return;
    }
    let commit = "git -c user.name=a -c user.email=a@b.c commit -qam change";
    for probe in mechanisms() {
        let stage = stage();
        let git = |script: &str| {
            let done = Command::new("bash").args(["-c", script]).current_dir(&stage.work).output().unwrap();
            assert!(done.status.success(), "{script}: {done:?}");
            String::from_utf8(done.stdout).unwrap()
        };
        git(
            "git init -q . && git add -f .env keys README && git -c user.name=a -c user.email=a@b.c commit -qm first",
        );
        let before = git("git ls-tree -r HEAD -- .env keys");
        fs::write(stage.work.join("README"), "changed\n").unwrap();
        run(&probe, command(&stage, WRITE, commit)).await;
        run(&probe, command(&stage, WRITE, &format!("git add -A . ; git add -u; {commit}"))).await;
        assert_eq!(git("git ls-tree -r HEAD -- .env keys"), before, "{probe:?}");
        assert_eq!(git("git ls-files -s -- .env keys").lines().count(), before.lines().count(), "{probe:?}");
        let named = "git -c user.name=a -c user.email=a@b.c commit -qm change -- README";
        run(&probe, command(&stage, WRITE, named)).await;
        assert_eq!(
            git("git show HEAD:README"),
            "changed\n",
            "a commit of a named file goes through: {probe:?}"
        );
    }
}

#[tokio::test]
async fn s9_a_command_begins_with_no_signal_ignored() {
    let stage = Stage::new();
    for probe in mechanisms() {
        // The test's own runtime ignores SIGPIPE; a program that inherits that prints errors into closed pipes.
        let said = text(&stage.run(&probe, WRITE, "grep -E 'Sig(Ign|Blk|Cgt)' /proc/$$/status").await);
        assert!(said.contains("SigIgn:\t0000000000000000"), "{probe:?}: {said}");
        assert!(said.contains("SigBlk:\t0000000000000000"), "{probe:?}: {said}");
    }
}
