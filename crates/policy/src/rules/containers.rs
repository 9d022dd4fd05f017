//! Containers and virtual machines: their daemons act outside of any sandbox.

use super::clouds::gone;
use crate::judge::{Entry, Finding, Flag, Invocation, Risk, entry, group};

const SHOWS: &str = "it only shows";
const RUNS: &str = "a container's daemon works outside of the sandbox";
const WIPES: &str = "it deletes volumes and containers with all they hold";
const WITH_VOLUMES: &[Flag] =
    &[Flag::new("-v", Risk::Catastrophic, WIPES), Flag::new("--volumes", Risk::Catastrophic, WIPES)];

/// Containers and clusters.
pub(super) const FAMILY: &[Entry] =
    &[
        group(&["docker", "podman", "nerdctl", "docker-compose"], DOCKER).valued(&[
            "-H",
            "--host",
            "--context",
            "-f",
            "--file",
            "-p",
        ]),
        group(&["kubectl", "helm", "k9s", "kustomize", "minikube", "kind", "oc", "argocd"], CLUSTER)
            .valued(&["-n", "--namespace", "--context"]),
        entry(
            Risk::Privilege,
            &["vagrant", "virsh", "qemu-img", "lxc", "lxd", "incus", "multipass", "machinectl"],
            RUNS,
        ),
    ];

const DOCKER: &[Entry] = &[
    entry(
        Risk::Outside,
        &["ps", "images", "logs", "inspect", "version", "info", "stats", "top", "port", "history", "diff"],
        "it talks to a daemon outside of the sandbox",
    ),
    entry(Risk::Publish, &["push", "login", "logout"], "it publishes an image"),
    entry(
        Risk::Privilege,
        &[
            "run", "exec", "build", "create", "start", "stop", "restart", "kill", "rm", "rmi", "cp", "pull",
            "load", "import", "commit", "network", "builder", "buildx", "image", "swarm", "stack", "service",
            "up",
        ],
        RUNS,
    ),
    entry(Risk::Privilege, &["system", "container"], RUNS).subcommands(&[entry(
        Risk::Catastrophic,
        &["prune"],
        WIPES,
    )]),
    entry(Risk::Privilege, &["volume"], RUNS).subcommands(&[entry(
        Risk::Catastrophic,
        &["rm", "remove", "prune"],
        WIPES,
    )]),
    entry(Risk::Privilege, &["compose"], RUNS)
        .valued(&["-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory"])
        .subcommands(&[entry(Risk::Privilege, &["down", "rm"], RUNS).flags(WITH_VOLUMES)]),
    entry(Risk::Privilege, &["down"], RUNS).flags(WITH_VOLUMES),
];

const CLUSTER: &[Entry] = &[
    entry(
        Risk::Network,
        &[
            "get",
            "describe",
            "logs",
            "version",
            "api-resources",
            "explain",
            "list",
            "status",
            "show",
            "template",
            "diff",
        ],
        "it asks a cluster",
    ),
    entry(Risk::ReadOnly, &["help"], SHOWS),
    entry(
        Risk::Publish,
        &[
            "apply",
            "create",
            "replace",
            "patch",
            "edit",
            "scale",
            "rollout",
            "drain",
            "cordon",
            "exec",
            "cp",
            "run",
            "expose",
            "label",
            "annotate",
            "install",
            "upgrade",
            "rollback",
            "port-forward",
            "proxy",
        ],
        "it changes a cluster",
    ),
    entry(Risk::Publish, &["delete", "uninstall", "del", "un"], "it changes a cluster").judge(deleted),
    entry(Risk::Publish, &["app", "appset", "proj", "cluster", "repo"], "it changes a cluster")
        .subcommands(&[entry(Risk::Publish, &["delete", "rm"], "it changes a cluster").judge(gone)]),
];

/// Named pods are made again by what made them; anything else is gone, with what it kept.
fn deleted(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    const WIDE: &[&str] = &["--all", "-A", "--all-namespaces", "-f", "--filename", "-k", "--kustomize", "-l"];
    let kind = invocation.operands().next().and_then(|word| word.text.split('/').next());
    let is_pod = matches!(kind, Some("pod" | "pods" | "po")) && !invocation.has_any(WIDE);
    if !is_pod {
        gone(invocation, findings);
    }
}
