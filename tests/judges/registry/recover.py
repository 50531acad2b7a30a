#!/usr/bin/env python3
"""recover.py HIVE LOG OUT: lets regipy replay a log of a dirty hive; prints how many pages it replayed.

One log only: regipy puts the entries of a second log on top without a look at their sequence numbers."""
import logging
import sys

from regipy.recovery import apply_transaction_logs

logging.disable(logging.CRITICAL)
hive, log, out = sys.argv[1:4]
print(apply_transaction_logs(hive, log, restored_hive_path=out)[1])
