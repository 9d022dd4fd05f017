//! No network means none: not the host's loopback, not its abstract sockets; and with network it is there.

use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use headwater_sandbox::{Exit, Profile};

use crate::stage::{Stage, WRITE, has, mechanisms, tell, text, with_namespaces};

#[tokio::test]
async fn the_host_is_reached_only_with_network() {
    let stage = Stage::new();
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = host.local_addr().unwrap().port();
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
    for probe in mechanisms() {
        for profile in [Profile::ReadOnly, WRITE] {
            let outcome = stage.run(&probe, profile, &script).await;
            assert!(!outcome.exit.is_success(), "{profile:?} with {}", probe.mechanism);
        }
        let open = stage.run(&probe, Profile::WorkspaceWrite { network: true }, &script).await;
        assert_eq!(open.exit, Exit::Code(0), "{}: {}", probe.mechanism, text(&open));
    }
}

#[tokio::test]
async fn abstract_sockets_of_the_host_are_out_of_reach() {
    let stage = Stage::new();
    if !has("python3") {
        return;
    }
    let name = format!("headwater-test-{}", std::process::id());
    let _host = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let script = format!("python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"\\0{name}\")'");
    for probe in mechanisms() {
        let mechanism = probe.mechanism.to_string();
        if mechanism.starts_with("landlock") && mechanism.as_str() < "landlock v6" {
            tell(&format!("{mechanism} cannot scope abstract sockets, its part of the test is left out"));
            continue;
        }
        let outcome = stage.run(&probe, WRITE, &script).await;
        assert!(!outcome.exit.is_success(), "{mechanism}");
    }
    let control = stage.run(&crate::stage::nothing(), WRITE, &script).await;
    assert!(control.exit.is_success(), "the attempt itself works: {}", text(&control));
}

#[tokio::test]
async fn a_test_server_on_loopback_works_inside_a_namespace() {
    let stage = Stage::new();
    if !has("python3") {
        return;
    }
    let script = "python3 - <<'END'\nimport socket\ns = socket.create_server(('127.0.0.1', 0))\nc = socket.create_connection(s.getsockname())\ns.accept()[0].sendall(b'pong')\nprint(c.recv(4).decode())\nEND";
    for probe in with_namespaces() {
        assert_eq!(text(&stage.run(&probe, WRITE, script).await), "pong\n", "{}", probe.mechanism);
    }
}

#[tokio::test]
async fn other_families_of_sockets_are_refused_without_network() {
    let stage = Stage::new();
    if !has("python3") {
        return;
    }
    const VSOCK: i32 = 40;
    let script = format!("python3 -c 'import socket; socket.socket({VSOCK}, socket.SOCK_STREAM)'");
    for probe in mechanisms() {
        assert!(!stage.run(&probe, WRITE, &script).await.exit.is_success(), "{}", probe.mechanism);
    }
}
