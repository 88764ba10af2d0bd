package dev.chord.node.store;

import com.google.common.util.concurrent.Striped;
import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;

/** One change of a block at a time. */
final class BlockLocks {
    private final Striped<Lock> locks = Striped.lock(256);
    private final AtomicBoolean missed = new AtomicBoolean();
    private final Runnable afterMiss;

    /** @param afterMiss makes up for what {@link #tryWith} could not do; run by whoever was in its way, without that lock */
    BlockLocks(Runnable afterMiss) {
        this.afterMiss = afterMiss;
    }

    /** Does something while nobody else changes the block; waits for that. */
    void with(Identifier digest, Runnable change) {
        Lock lock = locks.get(digest);
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
            makeUp();
        }
    }

    private void makeUp() {
        if (missed.getAndSet(false)) {
            afterMiss.run();
        }
    }

    /** The same unless somebody else is at it, who makes up for it then. */
    void tryWith(Identifier digest, Runnable change) {
        Lock lock = locks.get(digest);
        boolean held = lock.tryLock();
        if (!held) {
            missed.set(true);
            held = lock.tryLock(); // whoever let go before it could see the mark
        }
        if (held) {
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
            makeUp();
        }
    }
}
