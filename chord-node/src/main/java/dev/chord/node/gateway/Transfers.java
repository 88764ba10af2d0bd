package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** The files that are on their way through this gateway just now. Thread-safe. */
final class Transfers {
    private static final double NANOS = 1e9;

    private final Map<Long, Transfer> open = new ConcurrentSkipListMap<>();
    private final AtomicLong lastId = new AtomicLong();

    /** One file on its way; closed when it has arrived, or never will. */
    final class Transfer implements AutoCloseable {
        private final long id = lastId.incrementAndGet();
        private final String kind;
        private final String name;
        private final long total;
        private final Runnable stop;
        private final long begun = System.nanoTime();
        private final AtomicLong done = new AtomicLong();
        private volatile String stage = "moving";
        private volatile boolean cancelled;

        private Transfer(String kind, String name, long total, Runnable stop) {
            this.kind = kind;
            this.name = name;
            this.total = total;
            this.stop = stop;
        }

        void moved(long bytes) {
            done.addAndGet(bytes);
        }

        /** What it is at now. */
        void at(String what) {
            stage = what;
            check();
        }

        /** Throws if somebody has cancelled it. */
        void check() {
            if (cancelled) {
                throw new ChordException(ErrorCode.UNFINISHED, "cancelled", "begin again if it was a mistake");
            }
        }

        private Map<String, Object> view() {
            double seconds = (System.nanoTime() - begun) / NANOS;
            Map<String, Object> view = new LinkedHashMap<>();
            view.put("id", id);
            view.put("kind", kind);
            view.put("name", name);
            view.put("stage", stage);
            view.put("bytes", done.get());
            view.put("total", total < 0 ? null : total);
            view.put("seconds", seconds);
            view.put("bytesPerSecond", seconds > 0 ? done.get() / seconds : 0);
            return view;
        }

        private void cancel() {
            cancelled = true;
            stop.run();
        }

        @Override
        public void close() {
            open.remove(id);
        }
    }

    /**
     * A file sets out.
     *
     * @param total bytes; -1: not known
     * @param stop run when somebody cancels it, on any thread: whoever waits for a reader or a sender waits
     *     no more
     */
    Transfer begin(String kind, String name, long total, Runnable stop) {
        Transfer transfer = new Transfer(kind, name, total, stop);
        open.put(transfer.id, transfer);
        return transfer;
    }

    List<Route> routes() {
        return List.of(
                Route.get(
                                "/api/v1/transfers",
                                "the files on their way through this gateway",
                                context -> Json.answer(
                                        context,
                                        Map.of(
                                                "transfers",
                                                open.values().stream()
                                                        .map(Transfer::view)
                                                        .toList())))
                        .gives("Transfers"),
                Route.get(
                                "/api/v1/transfers/{id}",
                                "how far a transfer is",
                                context -> Json.answer(context, of(context).view()))
                        .gives("Transfer"),
                Route.of("DELETE", "/api/v1/transfers/{id}", "cancel a transfer", 204, this::cancel));
    }

    private Transfer of(Context context) {
        String id = context.pathParam("id");
        Transfer transfer = id.matches("\\d{1,18}") ? open.get(Long.parseLong(id)) : null;
        if (transfer == null) {
            throw new ChordException(
                    ErrorCode.NOT_FOUND,
                    "no such transfer is on its way",
                    "see /api/v1/transfers: it may have arrived");
        }
        return transfer;
    }

    private void cancel(Context context) {
        of(context).cancel();
        context.status(204);
    }
}
