//! The admin port: health, readiness, status and metrics over HTTP, to look at only.

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;

use super::seats::Seats;
use super::status::Published;

/// What Prometheus wants to hear before OpenMetrics text.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers requests until `stop` is ready and the answers under way are out.
///
/// # Errors
///
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    published: Arc<Published>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(Seats::new(listener), routes(published)).with_graceful_shutdown(stop).await
}

fn routes(published: Arc<Published>) -> Router {
    Router::new()
        .route("/healthz", get(async || Json(json!({ "status": "ok" }))))
        .route("/readyz", get(readyz))
        .route("/status", get(async |State(published): Shared| Json(published.status())))
        .route("/metrics", get(metrics))
        .with_state(published)
}

type Shared = State<Arc<Published>>;

async fn readyz(State(published): Shared) -> impl IntoResponse {
    let reasons = published.readiness.reasons();
    let code = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(json!({ "ready": reasons.is_empty(), "reasons": reasons })))
}

async fn metrics(State(published): Shared) -> impl IntoResponse {
    ([(CONTENT_TYPE, OPEN_METRICS)], published.metrics.render())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use protocol::SessionId;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    use super::*;
    use crate::metrics::{Obstacle, grouped};

    /// Asks for a path and gives the first line, the head in lower case, and the body.
    async fn ask(address: SocketAddr, path: &str) -> (String, String, String) {
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: venue\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("the server answers and closes");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        let (line, head) = head.split_once("\r\n").expect("an HTTP answer has headers");
        (line.to_owned(), head.to_lowercase(), body.to_owned())
    }

    async fn start(published: &Arc<Published>) -> (SocketAddr, oneshot::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the listener is bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let published = Arc::clone(published);
        tokio::spawn(serve(listener, published, async {
            // A dropped sender ends the server too.
            let _ = stopped.await;
        }));
        (address, stop)
    }

    #[tokio::test]
    async fn a_venue_that_recovers_is_alive_but_not_ready() {
        let published = Arc::new(Published::default());
        let (address, _stop) = start(&published).await;
        published.readiness.clear(Obstacle::Starting);
        let why = format!("replayed {} of {} records", grouped(12_000), grouped(40_000));
        published.readiness.block(Obstacle::Recovering, why);

        let (line, _, body) = ask(address, "/healthz").await;
        assert_eq!((line.as_str(), body.as_str()), ("HTTP/1.1 200 OK", r#"{"status":"ok"}"#));
        let (line, _, body) = ask(address, "/readyz").await;
        assert_eq!(line, "HTTP/1.1 503 Service Unavailable");
        let reason = "recovering: replayed 12,000 of 40,000 records";
        assert_eq!(body, format!(r#"{{"ready":false,"reasons":["{reason}"]}}"#));

        published.readiness.clear(Obstacle::Recovering);
        let (line, _, body) = ask(address, "/readyz").await;
        assert_eq!(
            (line.as_str(), body.as_str()),
            ("HTTP/1.1 200 OK", r#"{"ready":true,"reasons":[]}"#)
        );
    }

    #[tokio::test]
    async fn status_and_metrics_show_what_was_published() {
        let published = Arc::new(Published::default());
        let (address, _stop) = start(&published).await;
        published.open_session(SessionId::new("2026112201").expect("a session of the test"));
        published.metrics.committed_sequence.set(41);
        published.metrics.trades.add(5);

        let (line, head, body) = ask(address, "/status").await;
        assert_eq!(line, "HTTP/1.1 200 OK");
        assert!(head.contains("content-type: application/json"), "{head}");
        let status: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(status["session"], "2026112201");
        assert_eq!(status["committed_sequence"], 41);
        assert_eq!(status["trades"], 5);
        assert_eq!(status["ready"], false);

        let (_, head, body) = ask(address, "/metrics").await;
        assert!(head.contains(&format!("content-type: {OPEN_METRICS}")), "{head}");
        assert!(body.contains("\nopenbell_committed_sequence 41\n"), "{body}");
    }

    #[tokio::test]
    async fn other_paths_are_not_found() {
        let (address, _stop) = start(&Arc::new(Published::default())).await;
        let (line, _, _) = ask(address, "/").await;
        assert_eq!(line, "HTTP/1.1 404 Not Found");
    }
}
