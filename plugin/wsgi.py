"""What granian loads in each worker: the service as it is configured, its shops and offers already read."""

import gc
import logging

from plugin.app import create_app
from plugin.config import from_environment
from plugin.offers.shelf import Shelves
from plugin.runtime import open_runtime
from plugin.serving.live import Live

_config = from_environment()
logging.basicConfig(level=_config.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
_runtime = open_runtime(_config)
_live = Live(_runtime)
_live.start()
_shelves = Shelves(_runtime, _live)
_shelves.start()
app = create_app(_runtime, _live, _shelves)
# What stands now stays: a collection that went through whole catalogues would keep shoppers waiting.
gc.collect()
gc.freeze()
# And what requests leave behind is looked through by ten thousands: most of it is kept on purpose.
gc.set_threshold(20_000, 20, 50)
