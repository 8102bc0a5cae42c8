"""The bell: a job in the queue says "look at this shop"; what there is to do stands in the database."""

import logging

from rq import Queue
from rq.exceptions import DequeueTimeout, DuplicateJobError
from rq.serializers import JSONSerializer

from plugin.cache.connection import Redis, RedisError, connect
from plugin.config import Config
from plugin.runtime import Runtime

_LOG = logging.getLogger(__name__)
_NAME = "encore"
_LOOK = "look"
_TIMEOUT_SECONDS = 120  # an unheard ring is forgotten after so long; the sweep rings again every minute


def wake(runtime: Runtime, shop_id: str) -> None:
    """Have a worker look at the shop now; without Redis the next sweep does, within a minute."""
    with connect(runtime.config, timeout_seconds=0.5) as client:
        try:
            _queue(client).enqueue_call(
                _LOOK,
                args=(shop_id,),
                job_id=f"{_LOOK}-{shop_id}",
                unique=True,
                timeout=_TIMEOUT_SECONDS,
                ttl=_TIMEOUT_SECONDS,
            )
        except DuplicateJobError:
            pass  # it rings already
        except RedisError:
            _LOG.warning("Redis does not answer: shop %s waits for the next sweep.", shop_id)


def hush(runtime: Runtime, shop_id: str) -> bool:
    """Stop ringing for a shop that is no more; whether it rang. Raises `RedisError` without Redis."""
    with connect(runtime.config, timeout_seconds=5.0) as client:
        job_id = f"{_LOOK}-{shop_id}"
        job = _queue(client).fetch_job(job_id)
        _queue(client).remove(job_id)
        if job is not None:
            job.delete()
        return job is not None


class Bell:
    """The listening end of the queue; one a worker."""

    def __init__(self, config: Config) -> None:
        self._client = connect(config, timeout_seconds=5.0)

    def wait(self, seconds: int) -> str | None:
        """The shop to look at, or None after `seconds` of silence; `RedisError` without Redis."""
        queue = _queue(self._client)
        try:
            rung = Queue.dequeue_any([queue], seconds, self._client, serializer=JSONSerializer)
        except DequeueTimeout:
            return None
        if rung is None:
            return None
        job, _ = rung
        # Heard is done: whoever fails now is found by the sweep, so nothing of the job is kept.
        queue.intermediate_queue.remove(job.id)
        job.delete(remove_from_queue=False)
        return str(job.args[0])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _queue(client: Redis) -> Queue:
    return Queue(_NAME, connection=client, serializer=JSONSerializer, default_timeout=_TIMEOUT_SECONDS)
