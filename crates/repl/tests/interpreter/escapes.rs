//! What a block can try against its host, each attempt twice: with the friendly check, which says what to use instead, and
//! without it, where only the process stands between. An attempt that works prints ESCAPED.

use std::path::Path;
use std::time::Duration;

use headwater_protocol::repl::ReplLimits;
use headwater_sandbox::Probe;

use crate::stage::{Setting, Stage, probes};

/// Whether the check refuses an attempt before anything of it is run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    Refuses,
    LetsPass,
}
use Check::{LetsPass, Refuses};

/// Name, whether the check refuses it, and the attempt. `CANARY` stands for a file outside.
const ATTEMPTS: &[(&str, Check, &str)] = &[
    ("a program", Refuses, "import subprocess\nsubprocess.run(['/bin/true'])\nprint('ESCAPED')"),
    ("a shell", Refuses, "import os\nprint('ESCAPED' if os.system('true') == 0 else 'no')"),
    ("posix_spawn", Refuses, "import os\nos.posix_spawn('/bin/true', ['true'], {})\nprint('ESCAPED')"),
    ("exec of a program", Refuses, "import os\nos.execv('/bin/true', ['true'])"),
    (
        "exec of itself",
        Refuses,
        "import sys, os\nos.execv(sys.executable, [sys.executable, '-c', 'import os; os.write(2, b\"x\")'])",
    ),
    ("a socket", Refuses, "import socket\ns = socket.socket()\nprint('ESCAPED')"),
    ("a local socket", Refuses, "import socket\ns = socket.socket(socket.AF_UNIX)\nprint('ESCAPED')"),
    (
        "a download",
        Refuses,
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:1')\nprint('ESCAPED')",
    ),
    ("reading accounts", Refuses, "print('ESCAPED' if open('/etc/passwd').read() else '')"),
    ("reading a file outside", Refuses, "print('ESCAPED' if open('CANARY').read() else '')"),
    ("writing a file outside", Refuses, "open('CANARY', 'w').write('x')\nprint('ESCAPED')"),
    ("writing a temporary file", Refuses, "open('/tmp/headwater-escape', 'w').write('x')\nprint('ESCAPED')"),
    ("writing to the library", Refuses, "import os\nopen(os.__file__, 'a').write('x')\nprint('ESCAPED')"),
    ("removing a file", Refuses, "import os\nos.unlink('CANARY')\nprint('ESCAPED')"),
    ("changing a mode", Refuses, "import os\nos.chmod('/', 0o777)\nprint('ESCAPED')"),
    ("making a directory", Refuses, "import os\nos.mkdir('/made')\nprint('ESCAPED')"),
    (
        "listing homes",
        Refuses,
        "import os\nprint('ESCAPED' if os.listdir('/home') or os.listdir('/root') else '')",
    ),
    (
        "the C library",
        Refuses,
        "import ctypes\nlibc = ctypes.CDLL(None)\nprint('ESCAPED' if libc.fork() >= 0 else '')",
    ),
    (
        "ptrace",
        Refuses,
        "import ctypes\nlibc = ctypes.CDLL(None)\nprint('ESCAPED' if libc.ptrace(0, 0, 0, 0) == 0 else '')",
    ),
    (
        "memory of the supervisor",
        Refuses,
        "import ctypes, os\nlibc = ctypes.CDLL(None)\nb = ctypes.create_string_buffer(64)\nprint('ESCAPED' if libc.process_vm_readv(os.getppid(), b, 1, b, 1, 0) >= 0 else '')",
    ),
    (
        "its parent's death signal",
        Refuses,
        "import ctypes\nlibc = ctypes.CDLL(None)\nprint('ESCAPED' if libc.prctl(1, 0, 0, 0, 0) == 0 else '')",
    ),
    (
        "a mount",
        Refuses,
        "import ctypes\nlibc = ctypes.CDLL(None)\nprint('ESCAPED' if libc.mount(b'none', b'/', b'tmpfs', 0, 0) == 0 else '')",
    ),
    (
        "a name space",
        Refuses,
        "import ctypes\nlibc = ctypes.CDLL(None)\nprint('ESCAPED' if libc.unshare(0x10000000) == 0 else '')",
    ),
    (
        "clone3 and io_uring",
        Refuses,
        "import ctypes\nlibc = ctypes.CDLL(None)\nprint('ESCAPED' if libc.syscall(435, 0, 0) >= 0 or libc.syscall(425, 1, 0) >= 0 else '')",
    ),
    ("a null pointer", Refuses, "import ctypes\nctypes.string_at(0)"),
    ("fork", Refuses, "import os\npid = os.fork()\nprint('ESCAPED')"),
    ("a fork bomb", Refuses, "import os\nwhile True:\n    os.fork()"),
    (
        "a thread",
        Refuses,
        "import threading\ndef spin():\n    while True: pass\nthreading.Thread(target=spin).start()\nprint('ESCAPED')",
    ),
    ("its own memory", Refuses, "open('/proc/self/mem', 'r+b')\nprint('ESCAPED')"),
    (
        "memory of a process",
        Refuses,
        "import os\nopen(f'/proc/{os.getppid()}/environ', 'rb').read()\nprint('ESCAPED')",
    ),
    (
        "a walk over classes",
        Refuses,
        "found = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'FileLoader']\nprint('ESCAPED' if found[0]('x', 'CANARY').get_data('CANARY') else '')",
    ),
    (
        "a frame of a generator",
        Refuses,
        "g = (x for x in [1])\nb = g.gi_frame.f_builtins\nb['open']('CANARY')\nprint('ESCAPED')",
    ),
    (
        "a frame of a traceback",
        Refuses,
        "try:\n    1 / 0\nexcept Exception as e:\n    f = e.__traceback__.tb_frame.f_back\nwhile f.f_back:\n    f = f.f_back\nf.f_globals['_opening'].clear()\nf.f_globals.clear()",
    ),
    (
        "a format string",
        Refuses,
        "'{0.__class__.__init__.__globals__}'.format(llm_query)\nopen('CANARY')\nprint('ESCAPED')",
    ),
    (
        "signals it ignores",
        Refuses,
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    ),
    (
        "a signal to its parent",
        Refuses,
        "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nprint('ESCAPED')",
    ),
    ("a signal to all", Refuses, "import os, signal\nos.kill(-1, signal.SIGKILL)\nprint('ESCAPED')"),
    (
        "higher limits",
        Refuses,
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\nprint('ESCAPED')",
    ),
    ("garbage in the channel", Refuses, "import os\nos.write(4, b'garbage' * 1000)"),
    ("a huge frame in the channel", Refuses, "import os\nos.write(4, b'\\xff\\xff\\xff\\xff')"),
    (
        "a forged message",
        Refuses,
        "import os\nm = b'{\"op\":\"restored\",\"lost\":[]}'\nos.write(4, len(m).to_bytes(4, 'big') + m)",
    ),
    ("a closed channel", Refuses, "import os\nos.close(4)\nos.close(3)"),
    (
        "floods past the frames",
        Refuses,
        "import os\nfor i in range(200):\n    os.write(1, b'x' * 65536)\n    os.write(2, b'y' * 65536)",
    ),
    (
        "descriptors of the host",
        Refuses,
        "import os\nfor fd in range(5, 1024):\n    try:\n        os.fstat(fd)\n        print('ESCAPED', fd)\n    except OSError:\n        pass",
    ),
    (
        "a crash of the machine",
        Refuses,
        "import types\nf = lambda: 0\nf.__code__ = f.__code__.replace(co_code=b'\\x64\\xff' * 64, co_consts=())\nf()",
    ),
    (
        "deep recursion in C",
        Refuses,
        "import sys\nsys.setrecursionlimit(10**8)\nx = []\nfor i in range(10**6):\n    x = [x]\nrepr(x)",
    ),
    ("leaving", Refuses, "import sys\nsys.exit(0)"),
    ("leaving at once", Refuses, "import os\nos._exit(0)"),
    ("its environment", Refuses, "import os\nprint('ESCAPED' if set(os.environ) - {'LC_CTYPE'} else '')"),
    ("a module that is removed", Refuses, "import sys\nsys.modules.clear()\nimport os\nos.system('true')"),
    (
        "a broken import",
        Refuses,
        "import sys\nsys.path.clear()\nsys.meta_path.clear()\nsys.modules.pop('pickle', None)",
    ),
    (
        "broken built-ins",
        Refuses,
        "import builtins\nbuiltins.len = builtins.isinstance = None\nbuiltins.print = lambda *a: 1 / 0",
    ),
    ("no built-ins", Refuses, "import builtins\nbuiltins.__dict__.clear()"),
    ("broken words", LetsPass, "llm_query = FINAL = context = None\nlines = 3"),
    (
        "the worker's own modules",
        Refuses,
        "import sys\nfor n, m in list(sys.modules.items()):\n    if n.startswith('worker_'):\n        m.__dict__.clear()",
    ),
    ("a stream that breaks", Refuses, "import sys\nsys.stdout = sys.stderr = None"),
    ("an output without end", LetsPass, "while True:\n    print('x' * 100_000)"),
    ("a number without end", LetsPass, "x = 7\nwhile True:\n    x *= x"),
    ("memory without end", LetsPass, "x = [0]\nwhile True:\n    x += x"),
    ("a text without end", LetsPass, "x = 'x'\nwhile True:\n    x += x"),
    (
        "a value that cannot be shown",
        LetsPass,
        "class A:\n    def __repr__(self):\n        raise ValueError('no')\na = A()\na",
    ),
    (
        "an error that cannot be told",
        LetsPass,
        "class E(Exception):\n    def __str__(self):\n        return 1 / 0\nraise E",
    ),
    (
        "a value that hangs when it is kept",
        Refuses,
        "class A:\n    def __reduce__(self):\n        while True: pass\na = A()",
    ),
    (
        "an alarm for later",
        Refuses,
        "import signal\nsignal.signal(signal.SIGALRM, lambda *a: exec('while True: pass'))\nsignal.setitimer(signal.ITIMER_REAL, 0.05)",
    ),
    ("a pipe of memory", Refuses, "import os\nwhile True:\n    os.pipe()"),
    ("memory files", Refuses, "import os\nos.memfd_create('x')\nprint('ESCAPED')"),
];

struct Trial<'a> {
    probe: &'a Probe,
    is_linted: bool,
    canary: &'a Path,
}

impl Trial<'_> {
    async fn stage(&self) -> Stage {
        let limits = ReplLimits {
            block: Duration::from_millis(1500),
            memory: 128 << 20,
            is_linted: self.is_linted,
            ..ReplLimits::default()
        };
        Setting { probe: self.probe.clone(), limits, ..Setting::default() }.open().await
    }

    /// Makes one attempt on `stage`; nothing outside may change and the next block must work.
    async fn attempt(&self, stage: &mut Stage, name: &str, check: Check, code: &str) {
        let code = code.replace("CANARY", &self.canary.display().to_string());
        let what = format!("{name} under {} (linted: {})", self.probe.mechanism, self.is_linted);
        let outcome = stage.run(&code).await;
        assert!(!outcome.stdout.contains("ESCAPED"), "{what}: {}", outcome.stdout);
        if self.is_linted {
            let message = outcome.error.as_ref().map(|error| error.message.as_str()).unwrap_or_default();
            let is_refused = message.contains("nothing of the block was run");
            assert_eq!(is_refused, check == Refuses, "{what}: {message}");
        }
        assert_eq!(std::fs::read_to_string(self.canary).unwrap(), "secret", "{what}");
        for _ in 0..2 {
            let outcome = stage
                .run("mine.append(1)\n(len(context), len(mine) > 0, callable(llm_query), print('seen'))")
                .await;
            // An attempt may leave something behind that costs the next block its process, but not the one after it.
            if outcome.error.is_none() {
                assert_eq!(
                    (outcome.shown.as_deref(), outcome.stdout.as_str()),
                    (Some("(21, True, True, None)"), "seen\n"),
                    "{what}"
                );
                return;
            }
        }
        panic!("{what}: the next blocks do not work: {:?}", stage.run("len(mine)").await);
    }
}

async fn try_all(is_linted: bool) {
    let folder = tempfile::tempdir().unwrap();
    let canary = folder.path().join("canary");
    std::fs::write(&canary, "secret").unwrap();
    for probe in probes() {
        let trial = Trial { probe: &probe, is_linted, canary: &canary };
        let mut stage = trial.stage().await;
        stage.run("mine = []").await;
        for (name, check, code) in ATTEMPTS {
            trial.attempt(&mut stage, name, *check, code).await;
        }
    }
    assert!(!Path::new("/tmp/headwater-escape").exists());
    assert!(!Path::new("/made").exists());
}

#[tokio::test]
async fn the_check_says_what_to_use_instead() {
    try_all(true).await;
}

#[tokio::test]
async fn without_the_check_the_process_holds() {
    try_all(false).await;
}

#[tokio::test]
async fn the_check_lets_honest_code_pass() {
    let mut stage = Stage::new().await;
    let honest = [
        "class Node:\n    def __init__(self, v):\n        self.v = v\n    def __repr__(self):\n        return f'N{self.v}'\nNode(1)",
        "import re, json, math\nfrom collections import Counter\nCounter(re.findall('a', 'aba'))",
        "f_score = 1\nclass T:\n    f_name = 2\nT().f_name + f_score",
        "'{} and {x}'.format(1, x=2)",
        "template = 'a {b}'\ntemplate.format(b=1)",
        "try:\n    1 / 0\nexcept (ValueError, ZeroDivisionError) as e:\n    name = type(e).__name__\nname",
        "if (found := [1, 2]):\n    first, *rest = found\nrest",
        "import urllib.parse\nurllib.parse.quote('a b')",
    ];
    for code in honest {
        assert_eq!(stage.run(code).await.error, None, "{code}");
    }
}

#[tokio::test]
async fn where_nothing_confines_nothing_is_started() {
    let probe =
        Probe { mechanism: headwater_sandbox::Mechanism::None, network_filter: false, reasons: Vec::new() };
    let opening = headwater_protocol::repl::ReplOpening {
        corpus: crate::stage::text("x"),
        snapshot: std::env::temp_dir().join("headwater-never-written.json"),
        limits: ReplLimits::default(),
        seed: 1,
    };
    let host = std::sync::Arc::new(crate::stage::Host::default());
    let error = headwater_repl::python_repl(Some(probe)).open(opening, host).await.err().unwrap();
    assert!(error.to_string().contains("neither namespaces nor Landlock work here"), "{error}");
}
