#!/usr/bin/env python3
"""recover.py HIVE LOG1 LOG2 OUT: lets regipy replay the logs of a dirty hive; prints how many pages it replayed."""
import logging
import sys

from regipy.recovery import apply_transaction_logs

logging.disable(logging.CRITICAL)
hive, first, second, out = sys.argv[1:5]
print(apply_transaction_logs(hive, first, secondary_log_path=second, restored_hive_path=out)[1])
