package dev.chord.node.rpc;

import io.grpc.Context;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Threads that serve connections in turn, whichever has how many calls waiting; and one alone has at most
 * three quarters of them, so that the calls of others begin at once. Whose a task is, {@link CallRoom#caller}
 * tells. What waits is bounded by the permits that the calls hold. Threads without work go: a process may
 * host many nodes.
 */
final class FairPool implements Executor, AutoCloseable {
    private static final int IDLE_SECONDS = 5;

    private final Supplier<Object> caller;
    private final ThreadPoolExecutor threads;
    private final int mostOfOne;
    private final Map<Object, Line> lines = new HashMap<>();
    private final Deque<Line> turns = new ArrayDeque<>(); // those of which a task may begin

    /** What one connection wants done. */
    private static final class Line {
        private final Object caller;
        private final Deque<Runnable> tasks = new ArrayDeque<>();
        private int running;
        private boolean listed;

        Line(Object caller) {
            this.caller = caller;
        }
    }

    FairPool(int size, String name) {
        this(size, name, CallRoom::caller);
    }

    /** @param caller whose the task is that is being handed in */
    FairPool(int size, String name, Supplier<Object> caller) {
        this.caller = caller;
        threads = new ThreadPoolExecutor(
                size,
                size,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory(name, true));
        threads.allowCoreThreadTimeOut(true);
        mostOfOne = Math.max(1, size * 3 / 4);
    }

    /** @throws java.util.concurrent.RejectedExecutionException once closed */
    @Override
    public void execute(Runnable task) {
        Object whose = caller.get();
        Runnable here = Context.current().wrap(task);
        synchronized (this) {
            Line line = lines.computeIfAbsent(whose, Line::new);
            line.tasks.add(here);
            list(line);
        }
        threads.execute(this::work);
    }

    private void list(Line line) {
        if (!line.listed && line.running < mostOfOne && !line.tasks.isEmpty()) {
            line.listed = true;
            turns.add(line);
        }
    }

    // One call of this is queued for each task; it does what is next, until nothing may begin.
    private void work() {
        Optional<Line> mine = Optional.empty();
        while (true) {
            Runnable task;
            synchronized (this) {
                mine.ifPresent(this::ended);
                Line line = turns.poll();
                if (line == null) {
                    return;
                }
                line.listed = false;
                task = line.tasks.remove();
                line.running++;
                list(line);
                mine = Optional.of(line);
            }
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                Answers.unforeseen(e);
            }
        }
    }

    private void ended(Line line) {
        line.running--;
        list(line);
        if (line.running == 0 && line.tasks.isEmpty()) {
            lines.remove(line.caller, line);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
