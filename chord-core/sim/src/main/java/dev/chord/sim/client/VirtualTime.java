package dev.chord.sim.client;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import dev.chord.client.wire.Time;
import dev.chord.sim.Simulation;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** The time of a simulation for programs in it. Whoever waits hands its turn to the events until then. */
final class VirtualTime implements Time {
    private static final long NANOS = TimeUnit.MICROSECONDS.toNanos(1);

    private final Simulation simulation;
    private final Programs programs;
    private final Consumer<Runnable> process;

    /** @param process runs what happens to the programs: later, as long as their process hangs */
    VirtualTime(Simulation simulation, Programs programs, Consumer<Runnable> process) {
        this.simulation = simulation;
        this.programs = programs;
        this.process = process;
    }

    @Override
    public long nanos() {
        return simulation.now() * NANOS;
    }

    @Override
    public void pause(long nanos) {
        await(wait -> {}, nanos);
    }

    @Override
    public <T> T get(Future<T> future, long nanos) throws ExecutionException, TimeoutException, InterruptedException {
        ListenableFuture<T> heard = (ListenableFuture<T>) future;
        if (!future.isDone()) {
            await(wake -> heard.addListener(wake, MoreExecutors.directExecutor()), nanos);
        }
        return future.get(0, TimeUnit.NANOSECONDS);
    }

    @Override
    public <T> Inbox<T> inbox() {
        return new Mail<>();
    }

    private interface Waking {
        void by(Runnable wake);
    }

    // Until somebody runs what it is given, or so much time has passed.
    private void await(Waking waking, long nanos) {
        Programs.Program me = programs.current();
        long wait = me.begin();
        Runnable goOn = () -> process.accept(() -> {
            if (me.isIn(wait)) {
                me.goOn();
            }
        });
        if (nanos != FOREVER) {
            simulation.after(Math.max(0, (nanos + NANOS - 1) / NANOS), goOn);
        }
        // not at once: whoever wakes it is in the middle of something
        waking.by(() -> simulation.after(0, goOn));
        me.sleep();
    }

    private final class Mail<T> implements Inbox<T> {
        private final Queue<T> waiting = new ArrayDeque<>();
        private Optional<Runnable> reader = Optional.empty();

        @Override
        public void add(T what) {
            waiting.add(what);
            Optional<Runnable> woken = reader;
            reader = Optional.empty();
            woken.ifPresent(Runnable::run);
        }

        @Override
        public Optional<T> poll(long nanos) {
            if (waiting.isEmpty() && nanos > 0) {
                await(wake -> reader = Optional.of(wake), nanos);
                reader = Optional.empty();
            }
            return Optional.ofNullable(waiting.poll());
        }
    }
}
