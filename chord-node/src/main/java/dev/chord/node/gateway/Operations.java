package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.node.ChordNode;
import dev.chord.node.blocks.Repairer;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Long work of this node that was begun over HTTP: it goes on after the answer, is looked at, and can
 * be cancelled.
 */
final class Operations implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Operations.class);
    private static final int AT_A_TIME = 2;
    private static final int REMEMBERED = 50;

    private final Map<Long, Operation> all = new ConcurrentSkipListMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private final ExecutorService workers =
            Executors.newFixedThreadPool(AT_A_TIME, DaemonThreads.named("chord-operation"));
    private final Map<String, Work> kinds;

    /** What is to be done; returns what came of it. */
    private interface Work {
        Map<String, Object> run(Operation operation);
    }

    private enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED,
        CANCELLED
    }

    /** One piece of work. */
    private static final class Operation {
        private final long id;
        private final String kind;
        private volatile State state = State.WAITING;
        private volatile long done;
        private volatile long total = -1;
        private volatile Map<String, Object> outcome = Map.of();
        private volatile Optional<Future<?>> task = Optional.empty();

        Operation(long id, String kind) {
            this.id = id;
            this.kind = kind;
        }

        void moved(long now, long of) {
            done = now;
            total = of;
            if (state == State.CANCELLED) {
                throw new ChordException(ErrorCode.UNFINISHED, "cancelled", "");
            }
        }

        boolean over() {
            return state != State.WAITING && state != State.RUNNING;
        }

        Map<String, Object> view() {
            Map<String, Object> view = new LinkedHashMap<>();
            view.put("id", id);
            view.put("kind", kind);
            view.put("state", state.name().toLowerCase(Locale.ROOT));
            view.put("done", done);
            view.put("total", total < 0 ? null : total);
            view.putAll(outcome);
            return view;
        }
    }

    Operations(ChordNode node) {
        kinds = Map.of(
                "scrub", operation -> scrub(node, operation),
                "repair", operation -> round(node.upkeep().repair(operation::moved)),
                "drain", operation -> round(node.upkeep().drain(operation::moved)));
    }

    private static Map<String, Object> scrub(ChordNode node, Operation operation) {
        List<String> bad = node.upkeep().scrub(operation::moved).stream()
                .map(digest -> digest.toHex())
                .toList();
        return Map.of("damaged", bad);
    }

    private static Map<String, Object> round(Repairer.Round round) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("checked", round.checked());
        view.put("copied", round.copied());
        view.put("dropped", round.dropped());
        view.put("failed", round.failed());
        return view;
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                                "POST",
                                "/api/v1/operations",
                                "begin long work here: {\"kind\": \"scrub\", \"repair\" or \"drain\"}",
                                202,
                                this::begin)
                        .takes("NewOperation")
                        .gives("Operation"),
                Route.get(
                                "/api/v1/operations",
                                "the long work that was begun here",
                                context -> Json.answer(
                                        context,
                                        Map.of(
                                                "operations",
                                                all.values().stream()
                                                        .map(Operation::view)
                                                        .toList())))
                        .gives("Operations"),
                Route.get(
                                "/api/v1/operations/{id}",
                                "how far it is, and what came of it",
                                context -> Json.answer(context, of(context).view()))
                        .gives("Operation"),
                Route.of("DELETE", "/api/v1/operations/{id}", "cancel it", 204, this::cancel));
    }

    private void begin(Context context) throws IOException {
        Object kind = Json.body(context, "kind").get("kind");
        Work work = kind instanceof String name ? kinds.get(name) : null;
        if (work == null) {
            throw new ChordException(
                    ErrorCode.USAGE, "no such kind of operation", "{\"kind\": \"scrub\"}, or \"repair\", or \"drain\"");
        }
        long running = all.values().stream().filter(o -> !o.over()).count();
        if (running >= REMEMBERED / 2) {
            throw new ChordException(ErrorCode.UNFINISHED, running + " operations wait already", "try later");
        }
        Operation operation = new Operation(lastId.incrementAndGet(), String.valueOf(kind));
        all.put(operation.id, operation);
        all.values().stream()
                .filter(Operation::over)
                .limit(Math.max(0, all.size() - REMEMBERED))
                .forEach(old -> all.remove(old.id));
        operation.task = Optional.of(workers.submit(() -> run(operation, work)));
        context.header("Location", "/api/v1/operations/" + operation.id).status(202);
        Json.answer(context, operation.view());
    }

    private static void run(Operation operation, Work work) {
        if (!move(operation, State.WAITING, State.RUNNING)) {
            return;
        }
        try {
            operation.outcome = work.run(operation);
            move(operation, State.RUNNING, State.DONE);
        } catch (ChordException e) {
            fail(operation, e.code(), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            log.error("operation {} failed", operation.kind, e);
            fail(operation, ErrorCode.INTERNAL, "something went wrong here; see the node's log");
        }
    }

    private static void fail(Operation operation, ErrorCode code, String detail) {
        operation.outcome = Map.of("code", code.name(), "detail", detail);
        move(operation, State.RUNNING, State.FAILED);
    }

    private static boolean move(Operation operation, State from, State to) {
        synchronized (operation) {
            boolean possible = operation.state == from;
            operation.state = possible ? to : operation.state;
            return possible;
        }
    }

    private Operation of(Context context) {
        String id = context.pathParam("id");
        Operation operation = id.matches("\\d{1,18}") ? all.get(Long.parseLong(id)) : null;
        if (operation == null) {
            throw new ChordException(ErrorCode.NOT_FOUND, "no such operation", "see /api/v1/operations");
        }
        return operation;
    }

    private void cancel(Context context) {
        Operation operation = of(context);
        boolean cancelled = move(operation, State.WAITING, State.CANCELLED)
                || move(operation, State.RUNNING, State.CANCELLED)
                || operation.state == State.CANCELLED;
        if (!cancelled) {
            throw new ChordException(ErrorCode.CONFLICT, "it is over already", "see what came of it with GET");
        }
        operation.task.ifPresent(task -> task.cancel(true));
        context.status(204);
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}
