//! How long tasks of this process wait.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How often a task looks for work that another replica left.
pub const POLL: Duration = Duration::from_millis(500);

/// How long a task waits after a failure.
pub const PAUSE: Duration = Duration::from_secs(1);

/// Sleeps, but no longer than until the service stops.
pub async fn pause(stopping: &CancellationToken, time: Duration) {
    _ = tokio::time::timeout(time, stopping.cancelled()).await;
}
