"""What granian loads in each worker: the service as the environment configures it, its shops already read."""

from plugin.app import create_app
from plugin.config import from_environment
from plugin.runtime import open_runtime
from plugin.serving.live import Live

_runtime = open_runtime(from_environment())
_live = Live(_runtime)
_live.start()
app = create_app(_runtime, _live)
