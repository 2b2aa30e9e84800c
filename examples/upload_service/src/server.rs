//! Connections: accepted up to a number, read with a time limit, ended gracefully.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use lookalike::check::{Disclosure, Trail};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;

use crate::failure::{Failure, plain};
use crate::page::Peer;
use crate::service::{Service, Wanted};
use crate::{audit, health, hma, page};

/// A service that listens, and accepts nothing yet.
pub struct Server {
    service: Arc<Service>,
    uploads: TcpListener,
    metrics: Option<TcpListener>,
}

impl Server {
    /// Listens where the arguments say.
    ///
    /// # Errors
    ///
    /// When an address cannot be listened at.
    pub async fn bind(service: Service) -> Result<Self, Failure> {
        let uploads = listen(service.args.listen).await?;
        let metrics = match service.args.metrics {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Ok(Self { service: Arc::new(service), uploads, metrics })
    }

    /// Where uploads are awaited.
    ///
    /// # Errors
    ///
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.uploads.local_addr()
    }

    /// Where metrics are served, if not where uploads come in.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Serves until `stop` ends, then ends what is under way, as long as the grace lasts. The audit log is on the disk when this returns.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { service, uploads, metrics } = self;
        let graceful = Arc::new(GracefulShutdown::new());
        let (ending, ended) = watch::channel(false);
        let own = uploads_router(&service, metrics.is_none());
        let accepting = accept(Arc::clone(&service), uploads, own, Arc::clone(&graceful), ended.clone());
        let accepting = tokio::spawn(accepting);
        let serving = metrics.map(|listener| {
            let router = health_router(Router::new()).with_state(Arc::clone(&service));
            tokio::spawn(accept(Arc::clone(&service), listener, router, Arc::clone(&graceful), ended.clone()))
        });
        let counting = tokio::spawn(count(Arc::clone(&service), ended));
        stop.await;
        tracing::info!("stopping: no new connection is accepted");
        service.is_ending.store(true, Ordering::Relaxed);
        let _ = ending.send(true);
        let _ = accepting.await;
        if let Some(serving) = serving {
            let _ = serving.await;
        }
        let is_whole = match Arc::try_unwrap(graceful) {
            Ok(graceful) => tokio::time::timeout(service.args.grace, graceful.shutdown()).await.is_ok(),
            // Both who had it have ended.
            Err(_) => false,
        };
        if !is_whole {
            tracing::warn!("stopped before all uploads were answered");
        }
        let _ = counting.await;
        let last = Arc::clone(&service);
        let logged = tokio::task::spawn_blocking(move || {
            last.trail.iter().for_each(|trail| audit::log_counts(trail, !is_whole));
        });
        let _ = logged.await;
        let head = service.trail.as_ref().and_then(Trail::head);
        tracing::info!(head, "stopped");
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("service", &self.service).finish_non_exhaustive()
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| Failure::new(format!("cannot listen at {address}: {}", plain(&error))))
}

fn uploads_router(service: &Arc<Service>, has_metrics: bool) -> Router {
    let router = Router::new()
        .route("/v1/check", post(check))
        .route("/", get(page::page))
        .route("/page/check", post(page::check))
        .route("/h/hash", get(hma::hash_url).post(hma::hash))
        .route("/m/lookup", get(hma::look_up_hash).post(hma::look_up_file))
        .route("/m/index/status", get(hma::index_status))
        .route("/status", get(hma::status));
    let router = if has_metrics { health_router(router) } else { router };
    let failed = Arc::clone(service);
    let contained = CatchPanicLayer::custom(move |_| failed.refuse(failed.failed()));
    router.layer(contained).with_state(Arc::clone(service))
}

fn health_router(router: Router<Arc<Service>>) -> Router<Arc<Service>> {
    router
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
}

/// `POST /v1/check`.
async fn check(axum::extract::State(service): axum::extract::State<Arc<Service>>, request: Request) -> Response {
    let disclosure = if service.args.with_distances { Disclosure::Distances } else { Disclosure::Entries };
    service.check(request, Wanted::Report(disclosure)).await
}

/// Accepts connections until it is over.
async fn accept(
    service: Arc<Service>,
    listener: TcpListener,
    router: Router,
    graceful: Arc<GracefulShutdown>,
    mut ended: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(service.args.connections.min(Semaphore::MAX_PERMITS)));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ended.wait_for(|is_over| *is_over) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly; trying again at once would only keep a core busy.
                tracing::warn!("a connection cannot be accepted: {}", plain(&error));
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            service.metrics.connections_refused.inc();
            continue;
        };
        let (service, router, watcher) = (Arc::clone(&service), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            service.metrics.connections.inc();
            serve(&service, stream, peer, router, watcher).await;
            service.metrics.connections.dec();
            drop(place);
        });
    }
}

/// Serves the requests of a connection.
async fn serve(service: &Service, stream: TcpStream, peer: SocketAddr, router: Router, watcher: Watcher) {
    // An answer is one small write: waiting for more to send only makes it late.
    let _: io::Result<()> = stream.set_nodelay(true);
    let answer = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let mut http = http1::Builder::new();
    // Heads of requests are short here, and ten thousand connections may be open.
    http.timer(TokioTimer::new()).header_read_timeout(service.args.header_timeout).max_buf_size(16 << 10);
    let connection = http.serve_connection(TokioIo::new(stream), answer);
    // A connection that breaks off is the client's business; its request has been counted, if it had any.
    let _ = pin!(watcher.watch(connection)).await;
}

/// Logs counts every minute; more often as long as the audit log is broken, to see whether it can be written again.
async fn count(service: Arc<Service>, mut ended: watch::Receiver<bool>) {
    let mut beats: u32 = 0;
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = ended.wait_for(|is_over| *is_over) => return,
        }
        beats = beats.wrapping_add(1);
        let is_due = |trail: &Trail| beats.is_multiple_of(60) || (trail.is_broken() && beats.is_multiple_of(2));
        if service.trail.as_ref().is_some_and(is_due) {
            let service = Arc::clone(&service);
            let logged = tokio::task::spawn_blocking(move || {
                service.trail.iter().for_each(|trail| audit::log_counts(trail, false));
            });
            let _ = logged.await;
        }
    }
}
