package dev.chord.node.loop;

import dev.chord.client.wire.DaemonThreads;
import dev.chord.core.protocol.Event;
import dev.chord.node.config.NodeConfig;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Makes the ring's timers fire, each a quarter early or late, so that nodes do not march in step. */
public final class Timers implements AutoCloseable {
    private final NodeLoop loop;
    private final ScheduledExecutorService clock;

    public Timers(NodeLoop loop) {
        this.loop = loop;
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("chord-timers"));
        executor.setRemoveOnCancelPolicy(true);
        clock = executor;
    }

    public void start(NodeConfig.Timing timing) {
        again(Event.Timer.STABILIZE, timing.stabilize());
        again(Event.Timer.CHECK_PREDECESSOR, timing.stabilize().multipliedBy(2));
        again(Event.Timer.FIX_FINGERS, timing.fixFingers());
    }

    private void again(Event.Timer timer, Duration period) {
        every(period, () -> loop.tick(timer));
    }

    /** Runs a task now and then; it must not block for long. */
    public void every(Duration period, Runnable task) {
        schedule(jittered(period), () -> {
            try {
                task.run();
            } finally {
                every(period, task); // one bad round must not be the last
            }
        });
    }

    /** Runs a task once, later; never, once this is closed. */
    public void after(Duration delay, Runnable task) {
        schedule(delay.toMillis(), task);
    }

    private void schedule(long millis, Runnable task) {
        try {
            clock.schedule(task, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            if (!clock.isShutdown()) {
                throw e;
            }
        }
    }

    private static long jittered(Duration period) {
        long millis = Math.max(1, period.toMillis());
        return millis * 3 / 4 + ThreadLocalRandom.current().nextLong(millis / 2 + 1);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
