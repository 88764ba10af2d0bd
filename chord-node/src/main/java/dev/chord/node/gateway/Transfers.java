package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** The files that are on their way through this gateway just now. */
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
        private final long begun = System.nanoTime();
        private final AtomicLong done = new AtomicLong();
        private volatile String stage = "moving";
        private final Thread carrier = Thread.currentThread();
        private volatile boolean cancelled;

        private Transfer(String kind, String name, long total) {
            this.kind = kind;
            this.name = name;
            this.total = total;
        }

        private void moved(long bytes) {
            done.addAndGet(bytes);
            check();
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

        /** Counts what is written. */
        OutputStream counting(OutputStream out) {
            return new FilterOutputStream(out) {
                @Override
                public void write(int b) throws IOException {
                    moved(1);
                    out.write(b);
                }

                @Override
                public void write(byte[] bytes, int from, int length) throws IOException {
                    moved(length);
                    out.write(bytes, from, length);
                }
            };
        }

        /** Counts what is read. */
        InputStream counting(InputStream in) {
            return new FilterInputStream(in) {
                @Override
                public int read() throws IOException {
                    int b = super.read();
                    moved(b < 0 ? 0 : 1);
                    return b;
                }

                @Override
                public int read(byte[] bytes, int from, int length) throws IOException {
                    int n = super.read(bytes, from, length);
                    moved(Math.max(0, n));
                    return n;
                }
            };
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

        // Whoever waits for a reader that does not read, or a writer that does not write, is woken.
        private synchronized void cancel() {
            cancelled = true;
            if (open.containsKey(id)) {
                carrier.interrupt();
            }
        }

        @Override
        public synchronized void close() {
            open.remove(id);
            if (cancelled && Thread.interrupted()) {
                stage = "cancelled"; // the thread goes back to its pool as it was
            }
        }
    }

    /**
     * A file sets out.
     *
     * @param total bytes; -1: not known
     */
    Transfer begin(String kind, String name, long total) {
        Transfer transfer = new Transfer(kind, name, total);
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
                                                .toList()))),
                Route.get(
                        "/api/v1/transfers/{id}",
                        "how far a transfer is",
                        context -> Json.answer(context, of(context).view())),
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
