//! Output without end or shape: constant memory, the whole on disk, nothing lost that fits.

use headwater_sandbox::{Exit, Profile, Runner};

use crate::stage::{Stage, WRITE, mechanisms, nothing, run, text};

#[tokio::test]
async fn a_gigabyte_is_counted_in_constant_memory() {
    let stage = Stage::new();
    let mut command = stage.command(Profile::Unconfined, "head -c 1000000000 /dev/zero; echo; echo end");
    command.timeout = headwater_testkit::DEADLINE;
    let before = resident_kib();
    let outcome = run(&nothing(), command).await;
    assert_eq!((outcome.exit, outcome.output.total_bytes), (Exit::Code(0), 1_000_000_005));
    assert_eq!(outcome.output.total_lines, 2);
    assert!(outcome.output.tail.ends_with(b"\0\nend\n"));
    let grown = resident_kib().saturating_sub(before);
    // Other tests run beside this one; the output itself is 1,000,000 KiB.
    assert!(grown < 100_000, "{grown} KiB");
}

#[tokio::test]
async fn one_line_of_a_hundred_megabytes_is_spilled_whole() {
    let stage = Stage::new();
    let mut command = stage.command(Profile::Unconfined, "head -c 100000000 /dev/zero | tr '\\0' x");
    command.spill = Some(stage.outside.join("spill"));
    let outcome = run(&nothing(), command).await;
    assert_eq!((outcome.output.total_lines, outcome.output.spilled_bytes), (1, 100_000_000));
    assert_eq!(std::fs::metadata(stage.outside.join("spill")).unwrap().len(), 100_000_000);
    assert_eq!(outcome.output.omitted_bytes(), 100_000_000 - 2 * 64 * 1024);
}

#[tokio::test]
async fn the_spill_file_equals_what_was_written() {
    let stage = Stage::new();
    for probe in mechanisms() {
        let mut command = stage.command(WRITE, "seq 1 50000");
        (command.head, command.tail, command.spill) = (100, 50, Some(stage.outside.join("spill")));
        let outcome = run(&probe, command).await;
        let expected: String = (1..=50_000).map(|number| number.to_string() + "\n").collect();
        assert_eq!(std::fs::read_to_string(stage.outside.join("spill")).unwrap(), expected);
        assert!(expected.starts_with(std::str::from_utf8(&outcome.output.head).unwrap()));
        assert!(expected.ends_with(std::str::from_utf8(&outcome.output.tail).unwrap()));
        assert_eq!(outcome.output.total_lines, 50_000);
    }
}

#[tokio::test]
async fn output_is_seen_while_the_command_runs() {
    let stage = Stage::new();
    let door = stage.work.join("door");
    for probe in mechanisms() {
        let script = "echo first; while [ ! -e door ]; do sleep 0.005; done; echo second";
        let mut seen = Vec::new();
        let runner = Runner::new(probe);
        let on_output = |chunk: &[u8]| {
            seen.extend_from_slice(chunk);
            std::fs::write(&door, "").unwrap();
        };
        runner.run(stage.command(WRITE, script), std::future::pending(), on_output).await.unwrap();
        assert_eq!(seen, b"first\nsecond\n");
        std::fs::remove_file(&door).unwrap();
    }
}

#[tokio::test]
async fn a_spill_that_cannot_be_written_ends_the_command_with_a_clear_error() {
    let stage = Stage::new();
    let mut command = stage.command(Profile::Unconfined, "yes");
    (command.head, command.tail, command.spill) = (10, 10, Some("/no/such/folder/spill".into()));
    let error = Runner::new(nothing()).run(command, std::future::pending(), |_| ()).await.unwrap_err();
    assert!(error.to_string().contains("/no/such/folder/spill"), "{error}");
}

#[tokio::test]
async fn small_output_is_whole_in_memory() {
    let stage = Stage::new();
    let outcome = stage.run(&nothing(), Profile::Unconfined, "printf 'no line feed'").await;
    assert!(outcome.output.is_whole() && outcome.output.spill.is_none());
    assert_eq!((text(&outcome).as_str(), outcome.output.total_lines), ("no line feed", 1));
}

/// Holds the last byte back, and makes all others large.
#[derive(Default)]
struct Large(Vec<u8>);

impl headwater_sandbox::OutputFilter for Large {
    fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.0.extend_from_slice(&piece.to_ascii_uppercase());
        let whole = self.0.len().saturating_sub(1);
        self.0.drain(..whole).collect()
    }

    fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

#[tokio::test]
async fn p5_a_filter_stands_before_the_screen_the_memory_and_the_file() {
    let stage = Stage::new();
    let spill = stage.work.join("spill");
    for probe in mechanisms() {
        let filters = headwater_sandbox::OutputFilters::new(|| Box::new(Large::default()));
        let runner = Runner::new(probe).filtered(filters);
        let mut command = stage.command(WRITE, "printf 'abc'; sleep 0.02; printf 'defghi'");
        (command.head, command.tail, command.spill) = (2, 2, Some(spill.clone()));
        let mut seen = Vec::new();
        let outcome = runner
            .run(command.clone(), std::future::pending(), |chunk: &[u8]| seen.extend_from_slice(chunk))
            .await
            .unwrap();
        assert_eq!(seen, b"ABCDEFGHI");
        assert_eq!(
            (outcome.output.head.as_slice(), outcome.output.tail.as_slice()),
            (&b"AB"[..], &b"HI"[..])
        );
        assert_eq!(std::fs::read(&spill).unwrap(), b"ABCDEFGHI");
        let job = runner.spawn_background(command).await.unwrap();
        job.ended().await;
        assert_eq!(job.output_since(0).bytes, b"FGHI");
    }
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn input_is_read_and_errors_are_kept_apart_where_that_is_asked_for() {
    let stage = Stage::new();
    for probe in mechanisms().chain([nothing()]) {
        let path = stage.outside.join("input");
        std::fs::write(&path, "what it is told\n").unwrap();
        let mut command =
            stage.command(Profile::Unconfined, "cat; echo wrong >&2; head -c 300000 /dev/zero >&2; exit 2");
        command.input = Some(std::sync::Arc::new(std::fs::File::open(&path).unwrap()));
        command.errors = Some(10);
        let outcome = run(&probe, command).await;
        assert_eq!((outcome.exit, text(&outcome)), (Exit::Code(2), "what it is told\n".to_owned()));
        assert_eq!(outcome.errors.head, b"wrong\n\0\0\0\0");
        assert_eq!(outcome.errors.total_bytes, 300_006);
    }
}
