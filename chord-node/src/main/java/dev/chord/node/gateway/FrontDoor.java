package dev.chord.node.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * What every request passes first, on the threads that do the network's input and output and that never
 * wait. Health is answered by threads of its own. Anything else gets a place, or 503; its body, if it is a
 * small one, is read before a thread is spent on it; and what is answered is kept until the reader takes
 * it, so that no thread waits for a reader either.
 */
final class FrontDoor extends Handler.Wrapper {
    private static final int SMALL_BODY = 64 * 1024;
    private static final int FREE = 64 * 1024; // of an answer, before it counts against the memory for answers

    private final HealthPages health;
    private final Slots slots;
    private final HttpConnections connections;
    private final LateExecutor workers;

    /**
     * A door with nothing behind it yet.
     *
     * @param workers who may wait: for the ring, for the disk
     */
    FrontDoor(HealthPages health, Slots slots, HttpConnections connections, LateExecutor workers) {
        this.health = health;
        this.slots = slots;
        this.connections = connections;
        this.workers = workers;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        connections.busy(request);
        if (health.serves(request)) {
            health.answer(request, response, callback);
            return true;
        }
        var endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        Optional<Slots.Slot> slot =
                slots.enter(request.getConnectionMetaData().getRemoteSocketAddress(), endPoint::close);
        if (slot.isEmpty()) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, Slots.RETRY_SECONDS);
            Response.writeError(request, response, callback, 503, "too many requests are under way here");
            return true;
        }
        Slots.attach(request, slot.get());
        Request.addCompletionListener(request, failure -> slot.get().close());
        if (takesLargeBody(request) || request.getLength() == 0) {
            pass(request, response, callback);
            return true;
        }
        slot.get().waits(true);
        Content.Source.asByteArrayAsync(
                request,
                SMALL_BODY,
                Promise.Invocable.from(
                        Invocable.InvocationType.NON_BLOCKING,
                        body -> {
                            slot.get().waits(false);
                            pass(new Buffered(request, ByteBuffer.wrap(body)), response, callback);
                        },
                        failure -> noBody(request, response, callback, failure)));
        return true;
    }

    private static void noBody(Request request, Response response, Callback callback, Throwable failure) {
        if (failure instanceof IllegalStateException) {
            Response.writeError(request, response, callback, 413, "the body is larger than " + SMALL_BODY + " bytes");
        } else {
            Response.writeError(request, response, callback, 400, "the body ends early");
        }
    }

    private static boolean takesLargeBody(Request request) {
        String path = Request.getPathInContext(request);
        return request.getMethod().equals("POST") && path.equals("/api/v1/files")
                || request.getMethod().equals("PATCH") && path.startsWith("/api/v1/uploads/");
    }

    private void pass(Request request, Response response, Callback callback) {
        workers.execute(() -> {
            try {
                if (!super.handle(request, new Kept(request, response), callback)) {
                    Response.writeError(request, response, callback, 404);
                }
            } catch (Exception e) {
                Response.writeError(request, response, callback, e);
            }
        });
    }

    /** A request whose body is here already. */
    private static final class Buffered extends Request.Wrapper {
        private final ByteBuffer body;
        private final long length;
        private boolean read;

        Buffered(Request wrapped, ByteBuffer body) {
            super(wrapped);
            this.body = body;
            this.length = body.remaining();
        }

        @Override
        public long getLength() {
            return length;
        }

        @Override
        public synchronized Content.@Nullable Chunk read() {
            if (read) {
                return Content.Chunk.EOF;
            }
            read = true;
            return Content.Chunk.from(body, true);
        }

        @Override
        public void demand(Runnable ready) {
            ready.run();
        }
    }

    /**
     * An answer that is kept until it is whole, so that whoever makes it waits for no reader. One that is
     * sent as it comes by somebody who never waits goes through.
     */
    private final class Kept extends Response.Wrapper {
        private final List<ByteBuffer> parts = new ArrayList<>();
        private int kept;

        Kept(Request request, Response wrapped) {
            super(request, wrapped);
        }

        @Override
        public void write(boolean last, @Nullable ByteBuffer content, Callback callback) {
            if (Slots.streamed(getRequest())) {
                super.write(last, content, callback);
            } else {
                keep(last, content, callback);
            }
        }

        private void keep(boolean last, @Nullable ByteBuffer content, Callback callback) {
            int length = BufferUtil.length(content);
            boolean room = kept + length <= FREE
                    || Slots.of(getRequest()).map(slot -> slot.hold(length)).orElse(true);
            if (!room) {
                callback.failed(new IOException("answers that nobody takes hold all the memory there is for them"));
            } else if (last) {
                super.write(true, joined(content), callback);
            } else {
                if (content != null) {
                    kept += length;
                    parts.add(BufferUtil.copy(content));
                    BufferUtil.clear(content);
                }
                callback.succeeded();
            }
        }

        private @Nullable ByteBuffer joined(@Nullable ByteBuffer last) {
            if (parts.isEmpty()) {
                return last;
            }
            ByteBuffer all = ByteBuffer.allocate(kept + BufferUtil.length(last));
            parts.forEach(all::put);
            if (last != null) {
                all.put(last);
            }
            parts.clear();
            return all.flip();
        }
    }
}
