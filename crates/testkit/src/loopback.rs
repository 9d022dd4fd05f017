//! A server on a port of this machine, with a thread and a runtime of its own. It stops when dropped.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::JoinHandle;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

/// A port that is taken, and at which nobody answers yet.
pub(crate) struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

/// A server at work.
pub(crate) struct Loopback {
    name: &'static str,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Port {
    /// Takes a port.
    pub(crate) fn take() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        listener.set_nonblocking(true).expect("a non-blocking listener");
        let address = listener.local_addr().expect("the address of the listener");
        Self { listener, address }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves it: `accept` takes connections until the server is dropped.
    pub(crate) fn serve<F: Future<Output = ()>>(
        self,
        name: &'static str,
        accept: impl FnOnce(tokio::net::TcpListener) -> F + Send + 'static,
    ) -> Loopback {
        let Self { listener, address } = self;
        let (stop, stopped) = oneshot::channel();
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener =
                    tokio::net::TcpListener::from_std(listener).expect("the listener in the runtime");
                tokio::select! {
                    _ = stopped => {}
                    () = accept(listener) => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run).expect("a thread");
        Loopback { name, address, stop: Some(stop), thread: Some(thread) }
    }

    /// Serves it with the answers to requests.
    pub(crate) fn serve_http<F>(
        self,
        name: &'static str,
        respond: impl Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    ) -> Loopback
    where
        F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        self.serve(name, async move |listener| {
            while let Ok((socket, _)) = listener.accept().await {
                let respond = respond.clone();
                let service = service_fn(move |request| {
                    let answer = respond(request);
                    async { Ok::<_, Infallible>(answer.await) }
                });
                tokio::spawn(async move {
                    // A client that leaves is no fault of the server's.
                    drop(http1::Builder::new().serve_connection(TokioIo::new(socket), service).await);
                });
            }
        })
    }
}

impl Loopback {
    /// Where it answers.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the thread of the {} panicked", self.name);
        }
    }
}
