package dev.chord.node.store;

import com.google.common.util.concurrent.Striped;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;

/** One change of a block at a time. */
final class BlockLocks {
    private final Striped<Lock> locks = Striped.lock(256);

    /** Does something while nobody else changes the block; waits for that. */
    void with(Identifier digest, Runnable change) {
        Lock lock = locks.get(digest);
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }

    /** The same unless somebody else is at it. */
    void tryWith(Identifier digest, Runnable change) {
        Lock lock = locks.get(digest);
        if (lock.tryLock()) {
            try {
                change.run();
            } finally {
                lock.unlock();
            }
        }
    }

    /** The same with many; in the order of the locks, so that two who change the same blocks do not wait for each other. */
    <T> T withAll(List<Identifier> digests, Supplier<T> change) {
        List<Lock> held = new ArrayList<>();
        try {
            for (Lock lock : locks.bulkGet(digests)) {
                lock.lock();
                held.add(lock);
            }
            return change.get();
        } finally {
            held.forEach(Lock::unlock);
        }
    }
}
