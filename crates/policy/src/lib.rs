//! May this call run? Pure rules over the call, the mode and the grants: allow, ask or deny.
