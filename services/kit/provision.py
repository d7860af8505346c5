"""Makes the broker's streams and durables what `contracts.topology` says: the one place that does."""

from __future__ import annotations

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from contracts.topology import DURABLES, STREAMS, Durable, Stream

RETENTION = {"workqueue": RetentionPolicy.WORK_QUEUE, "limits": RetentionPolicy.LIMITS}
DUPLICATE_WINDOW_S = 120


async def provision(jetstream: JetStreamContext, *, replicas: int = 1) -> None:
    """Create what is missing; leave what is there."""
    for stream in STREAMS:
        try:
            await jetstream.stream_info(stream.name)
        except NotFoundError:
            await jetstream.add_stream(stream_config(stream, replicas))
    for durable in DURABLES:
        try:
            await jetstream.consumer_info(durable.stream, durable.name)
        except NotFoundError:
            await jetstream.add_consumer(durable.stream, consumer_config(durable))


def stream_config(stream: Stream, replicas: int) -> StreamConfig:
    return StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RETENTION[stream.retention],
        max_age=stream.max_age_s,
        storage=StorageType.FILE,
        num_replicas=replicas,
        duplicate_window=DUPLICATE_WINDOW_S,
    )


def consumer_config(durable: Durable) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=durable.name,
        filter_subjects=list(durable.subjects),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=durable.ack_wait_s,
        max_ack_pending=durable.max_ack_pending,
        # A message that was delivered too often would stay in the stream unseen: attempts are counted in `delivery`.
        max_deliver=-1,
    )
