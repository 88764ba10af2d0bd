package dev.chord.node.gateway;

import io.javalin.http.Context;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Server-sent events to one listener. Sending never waits: what the listener has not taken is kept, up to a
 * bound, and one who is further behind is cut off. Thread-safe.
 */
final class EventStream implements WriteListener {
    static final String TYPE = "text/event-stream";

    private static final int MOST_BEHIND = 1024 * 1024; // bytes

    private final ServletOutputStream out;
    private final Slots.Slot slot;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Deque<byte[]> queue = new ArrayDeque<>();
    private int behind;
    private int writing;
    private boolean open;
    private boolean unflushed;
    private boolean closing;

    private EventStream(ServletOutputStream out, Slots.Slot slot) {
        this.out = out;
        this.slot = slot;
    }

    /**
     * Answers a request with events until one side ends it.
     *
     * @param begun is given the stream
     */
    static void open(Context context, Slots.Slot slot, Consumer<EventStream> begun) {
        context.contentType(TYPE)
                .header("Cache-Control", "no-cache")
                .header("Connection", "close")
                .header("X-Accel-Buffering", "no");
        context.res().setCharacterEncoding("UTF-8");
        context.future(() -> {
            try {
                slot.streams();
                EventStream stream = new EventStream(context.res().getOutputStream(), slot);
                stream.out.setWriteListener(stream);
                begun.accept(stream);
                return stream.ended;
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
        });
    }

    /** @param id that the listener shows when it comes back */
    void sendEvent(String type, String data, String id) {
        send("id: " + id + "\nevent: " + type + "\ndata: " + data + "\n\n");
    }

    void sendComment(String text) {
        send(": " + text + "\n\n");
    }

    private void send(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        boolean far;
        synchronized (this) {
            if (closing || ended.isDone()) {
                return;
            }
            queue.add(bytes);
            behind += bytes.length;
            far = behind > MOST_BEHIND;
        }
        if (far) {
            slot.cut();
            end();
        } else {
            pump();
        }
    }

    /** What has been sent goes out; then this ends. */
    void close() {
        synchronized (this) {
            closing = true;
        }
        pump();
    }

    /** @param told when nobody listens any more; on any thread */
    void onClose(Runnable told) {
        ended.whenComplete((done, failure) -> told.run());
    }

    @Override
    public void onWritePossible() {
        synchronized (this) {
            open = true;
        }
        pump();
    }

    @Override
    public void onError(Throwable failure) {
        end();
    }

    private void end() {
        ended.complete(null);
    }

    private void pump() {
        boolean over = false;
        try {
            synchronized (this) {
                while (open && !ended.isDone() && !over) {
                    if (!out.isReady()) {
                        slot.waits(true);
                        return; // the container calls when there is room
                    }
                    slot.waits(false);
                    slot.moved(writing);
                    writing = 0;
                    byte[] next = queue.poll();
                    if (next != null) {
                        behind -= next.length;
                        writing = next.length;
                        unflushed = true;
                        out.write(next);
                    } else if (unflushed) {
                        unflushed = false;
                        out.flush();
                    } else if (closing) {
                        over = true;
                    } else {
                        return;
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            over = true;
        }
        if (over) {
            end();
        }
    }
}
