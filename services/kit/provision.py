"""Makes the broker's streams and durables what `contracts.topology` says: the one place that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from contracts.topology import DURABLES, STREAMS, Durable, Stream

RETENTION = {"workqueue": RetentionPolicy.WORK_QUEUE, "limits": RetentionPolicy.LIMITS}
DUPLICATE_WINDOW_S = 120


async def make_anew(jetstream: JetStreamContext, stream_name: str, *, replicas: int = 1) -> None:
    """Give up a stream whose store is dead, with what was in it; the durables of others that read it come back."""
    await jetstream.delete_stream(stream_name)
    await provision(jetstream, replicas=replicas)


async def provision(jetstream: JetStreamContext, *, replicas: int = 1) -> Mapping[str, datetime]:
    """Create what is missing, change what differs; each stream's moment of birth.

    A stream whose birth is another than before has lost what was in it.
    """
    births = {stream.name: await _stream(jetstream, stream, replicas) for stream in STREAMS}
    await provide(jetstream, DURABLES)
    return births


async def provide(jetstream: JetStreamContext, durables: Sequence[Durable]) -> None:
    """Create the durables that are missing, change those that differ."""
    present = {durable.name: await _config(jetstream, durable) for durable in durables}
    # First those that are there: a durable that gives up a subject makes room for the one that takes it over.
    for durable in sorted(durables, key=lambda durable: present[durable.name] is None):
        if not _is_as_wanted(present[durable.name], durable):
            await jetstream.add_consumer(durable.stream, consumer_config(durable))


async def _stream(jetstream: JetStreamContext, stream: Stream, replicas: int) -> datetime:
    try:
        info = await jetstream.stream_info(stream.name)
    except NotFoundError:
        info = await jetstream.add_stream(stream_config(stream, replicas))
    if info.config.num_replicas != replicas or set(info.config.subjects or ()) != set(stream.subjects):
        await jetstream.update_stream(stream_config(stream, replicas))
    assert info.created is not None
    return info.created


async def _config(jetstream: JetStreamContext, durable: Durable) -> ConsumerConfig | None:
    try:
        info: ConsumerInfo = await jetstream.consumer_info(durable.stream, durable.name)
    except NotFoundError:
        return None
    return info.config


def _is_as_wanted(config: ConsumerConfig | None, durable: Durable) -> bool:
    if config is None:
        return False
    subjects = config.filter_subjects or [config.filter_subject or ""]
    return set(subjects) == set(durable.subjects) and config.ack_wait == durable.ack_wait_s


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
        # A message that was delivered too often would stay in the stream unseen: attempts are counted in `settling`.
        max_deliver=-1,
    )
