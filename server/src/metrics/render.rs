//! The text a Prometheus scrape gets: OpenMetrics, names, help and units.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::{Counter, Gauge, Metrics};

/// A metric of one number: its name without prefix and unit, its unit, its help text.
type Row<'a, C> = (&'static str, Option<Unit>, &'static str, &'a C);

impl Metrics {
    /// Renders all metrics in the OpenMetrics text format, version 1.0.0.
    pub fn render(self: &Arc<Self>) -> String {
        let mut registry = Registry::with_prefix("openbell");
        registry.register_collector(Box::new(Arc::clone(self)));
        let mut body = String::new();
        text::encode(&mut body, &registry).expect("writing to a string does not fail");
        body
    }

    fn counters(&self) -> [Row<'_, Counter>; 12] {
        [
            ("inbound_messages", None, "OUCH messages received", &self.inbound_messages),
            ("outbound_messages", None, "OUCH messages sent", &self.outbound_messages),
            ("orders", None, "Orders and replacements received", &self.orders),
            ("acknowledgements", None, "Orders and replacements accepted", &self.acknowledgements),
            ("trades", None, "Matches", &self.trades),
            ("logins", None, "Logins accepted", &self.logins),
            ("logins_refused", None, "Logins refused", &self.logins_refused),
            (
                "connections_refused",
                None,
                "Connections closed because a limit was reached",
                &self.connections_refused,
            ),
            ("journal", Some(Unit::Bytes), "Journal bytes written", &self.journal_bytes),
            (
                "feed_send_retries",
                None,
                "Feed packets the socket would not take at once",
                &self.feed_send_retries,
            ),
            (
                "retransmissions_served",
                None,
                "Retransmission requests answered",
                &self.retransmissions_served,
            ),
            (
                "retransmissions_dropped",
                None,
                "Retransmission requests dropped",
                &self.retransmissions_dropped,
            ),
        ]
    }

    fn gauges(&self) -> [Row<'_, Gauge>; 8] {
        let records = || Some(Unit::Other("records".to_owned()));
        let rows = || Some(Unit::Other("rows".to_owned()));
        [
            ("sessions", None, "Sessions logged in", &self.sessions),
            ("committed_sequence", None, "Last sequence committed", &self.committed_sequence),
            ("applied_sequence", None, "Last sequence applied", &self.applied_sequence),
            ("feed_sequence", None, "Last message of the feed", &self.feed_sequence),
            ("drain_lag", rows(), "Trades not yet in the database", &self.drain_lag_rows),
            ("recovery_replayed", records(), "Records replayed", &self.recovery_replayed_records),
            ("recovery_found", records(), "Records to replay", &self.recovery_found_records),
            (
                "disk_free",
                Some(Unit::Bytes),
                "Free space of the data folder",
                &self.disk_free_bytes,
            ),
        ]
    }
}

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, unit, help, counter) in self.counters() {
            let metric =
                encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Counter)?;
            ConstCounter::new(counter.value()).encode(metric)?;
        }
        for (name, unit, help, gauge) in self.gauges() {
            let metric = encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)?;
            ConstGauge::new(gauge.value()).encode(metric)?;
        }
        let mut rejects =
            encoder.encode_descriptor("rejects", "Orders refused", None, MetricType::Counter)?;
        for (reason, count) in self.rejects.iter() {
            let labels = [("reason", reason.text())];
            ConstCounter::new(count).encode(rejects.encode_family(&labels)?)?;
        }
        let fsync = &self.journal_fsync;
        encoder
            .encode_descriptor(
                "journal_fsync",
                "Time a sync of the journal took",
                Some(&Unit::Seconds),
                MetricType::Histogram,
            )?
            .encode_histogram::<NoLabelSet>(
                fsync.sum().as_secs_f64(),
                fsync.count(),
                &fsync.buckets(),
                None,
            )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use protocol::ouch::reason::RejectReason;

    use super::*;

    #[test]
    fn numbers_appear_under_their_names() {
        let metrics = Arc::new(Metrics::default());
        metrics.orders.add(7);
        metrics.journal_bytes.add(4096);
        metrics.drain_lag_rows.set(3);
        metrics.sessions.rise();
        metrics.rejects.add(RejectReason::Halted, 2);
        metrics.journal_fsync.observe(Duration::from_millis(2));
        let body = metrics.render();
        for line in [
            "openbell_orders_total 7",
            "openbell_journal_bytes_total 4096",
            "openbell_drain_lag_rows 3",
            "openbell_sessions 1",
            "openbell_rejects_total{reason=\"Halted\"} 2",
            "openbell_rejects_total{reason=\"Risk: Max Quantity Exceeded\"} 0",
            "openbell_journal_fsync_seconds_sum 0.002",
            "openbell_journal_fsync_seconds_count 1",
            "openbell_journal_fsync_seconds_bucket{le=\"0.001\"} 0",
            "openbell_journal_fsync_seconds_bucket{le=\"0.0025\"} 1",
            "openbell_journal_fsync_seconds_bucket{le=\"+Inf\"} 1",
            "# TYPE openbell_journal_fsync_seconds histogram",
            "# UNIT openbell_journal_fsync_seconds seconds",
        ] {
            assert!(body.lines().any(|other| other == line), "{line} is not in\n{body}");
        }
        assert!(body.ends_with("# EOF\n"));
    }

    #[test]
    fn every_name_is_described_once() {
        let body = Arc::new(Metrics::default()).render();
        let names: Vec<&str> = body
            .lines()
            .filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next())
            .collect();
        assert_eq!(names.len(), 22);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| name.starts_with("openbell_")));
    }
}
