//! Containers and virtual machines: their daemons act outside of any sandbox.

use crate::judge::{Entry, Risk, entry, group};

const SHOWS: &str = "it only shows";
const RUNS: &str = "a container's daemon works outside of the sandbox";

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
            "run",
            "exec",
            "build",
            "compose",
            "create",
            "start",
            "stop",
            "restart",
            "kill",
            "rm",
            "rmi",
            "cp",
            "pull",
            "load",
            "import",
            "commit",
            "network",
            "volume",
            "system",
            "builder",
            "buildx",
            "image",
            "container",
            "swarm",
            "stack",
            "service",
            "up",
            "down",
        ],
        RUNS,
    ),
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
            "delete",
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
            "uninstall",
            "rollback",
            "port-forward",
            "proxy",
        ],
        "it changes a cluster",
    ),
];
