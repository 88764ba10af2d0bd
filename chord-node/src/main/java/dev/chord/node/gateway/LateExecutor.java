package dev.chord.node.gateway;

import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Hands requests to the workers, and puts them off while those begin late (see {@link Lateness}).
 * Thread-safe; the network's threads call it, and it does not keep them.
 */
final class LateExecutor implements Executor {
    private final Lateness lateness = new Lateness();
    private final Executor workers;
    private final Later later;
    private final LongSupplier clock;

    /** Runs something after a while, on a thread that must not be kept. */
    interface Later {
        void run(Runnable what, long nanos);
    }

    /** @param clock nanoseconds */
    LateExecutor(Executor workers, Later later, LongSupplier clock) {
        this.workers = workers;
        this.later = later;
        this.clock = clock;
    }

    @Override
    public void execute(Runnable request) {
        long putOff = lateness.putOff(clock.getAsLong());
        if (putOff == 0) {
            hand(request);
        } else {
            later.run(() -> hand(request), putOff);
        }
    }

    private void hand(Runnable request) {
        long handedOver = clock.getAsLong();
        workers.execute(() -> {
            lateness.began(clock.getAsLong(), handedOver);
            request.run();
        });
    }
}
