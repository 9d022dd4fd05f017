//! A client of the Agent Client Protocol: it drives a program over its standard streams as an editor does.

mod client;

pub use client::AcpClient;
