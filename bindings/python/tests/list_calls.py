"""What one `list` of a home costs over the boundary, in a process that is warm: `list_calls.py HOME COUNT`. The same calls without
it: `tests/bench/src/bin/list_calls.rs`."""

import sys
import time

import waxseal


def main(home: str, count: int) -> None:
    homes = waxseal.Waxseal(homes=[waxseal.Home(path=home)])
    start = time.perf_counter()
    accounts = sum(len(homes.list().accounts) for _ in range(count))
    taken = (time.perf_counter() - start) / count
    print(f"{taken * 1e6:.0f} µs a call, {accounts // count} accounts")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
