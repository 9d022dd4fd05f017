//! Which tools of servers stand in every request: as many as fit, each server its share.

use std::collections::VecDeque;
use std::sync::Arc;

use super::server::Server;
use super::tool::ServerTool;

/// Bytes a token, roughly; only a bound hangs on it.
const BYTES_PER_TOKEN: u64 = 4;
/// The tools of one server that are looked at: more than fit, and few enough that no session waits for it.
const MOST_TRIED: usize = 400;

/// The tools that fit into so many tokens, in the order of their names. The servers take turns, so that a large one does
/// not push out the others; a tool that does not fit is passed over.
pub(super) fn select(servers: &[Arc<Server>], tokens: u64) -> Vec<ServerTool> {
    let room = usize::try_from(tokens.saturating_mul(BYTES_PER_TOKEN)).unwrap_or(usize::MAX);
    let mut queues: Vec<VecDeque<ServerTool>> = servers.iter().map(tools_of).collect();
    let (mut taken, mut used) = (Vec::new(), 0_usize);
    while queues.iter().any(|queue| !queue.is_empty()) {
        for queue in &mut queues {
            let Some(tool) = queue.pop_front() else { continue };
            let with = used.saturating_add(tool.bytes());
            if with <= room {
                used = with;
                taken.push(tool);
            }
        }
    }
    taken.sort_by(|one, other| one.name().cmp(other.name()));
    taken.dedup_by(|later, earlier| later.name() == earlier.name());
    taken
}

/// The known tools of a server that the person wants; none of one that is switched off.
fn tools_of(server: &Arc<Server>) -> VecDeque<ServerTool> {
    if !server.config.is_enabled {
        return VecDeque::new();
    }
    let listing = server.condition().listing;
    let wanted = listing.tools.iter().filter(|listed| server.config.wants(&listed.name));
    wanted.take(MOST_TRIED).map(|listed| ServerTool::new(server, listed)).collect()
}
