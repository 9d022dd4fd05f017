//! A recursive completion: the root's loop over blocks, the calls they make, and the answer.

mod fences;
mod finals;
