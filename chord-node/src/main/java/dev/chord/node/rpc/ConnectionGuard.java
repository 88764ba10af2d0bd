package dev.chord.node.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands before HTTP/2 on one connection: closes it if nothing is said in time, and ends it with
 * ENHANCE_YOUR_CALM when frames that carry nothing use up their {@link FrameBudget}. Runs on the connection's
 * network thread, but for {@link #end}.
 */
final class ConnectionGuard extends ChannelDuplexHandler {
    private static final long FIRST_FRAME_SECONDS = 5;
    private static final int ENHANCE_YOUR_CALM = 11;

    private final Connections connections;
    private final InetSocketAddress from;
    private final FrameBudget budget = new FrameBudget(System.nanoTime());
    private final FrameReader in = new FrameReader(FrameReader.PREFACE, this::came);
    private final FrameReader out = new FrameReader(0, this::went);
    private volatile @Nullable ChannelHandlerContext context;
    private volatile boolean spoken;
    private volatile boolean ended;
    private volatile long lastUsed = System.nanoTime();

    ConnectionGuard(Connections connections, InetSocketAddress from) {
        this.connections = connections;
        this.from = from;
    }

    InetSocketAddress from() {
        return from;
    }

    /** Whether a first frame has come. */
    boolean hasSpoken() {
        return spoken;
    }

    /** A frame has come. */
    void spoke() {
        spoken = true;
    }

    boolean isEnded() {
        return ended;
    }

    /** When a call last moved, as {@link System#nanoTime}. */
    long lastUsed() {
        return lastUsed;
    }

    /** Closes the connection; from any thread. */
    void end() {
        ended = true;
        ChannelHandlerContext here = context;
        if (here != null) {
            here.close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        if (ended) {
            ctx.close();
            return;
        }
        var silence = ctx.executor()
                .schedule(
                        () -> {
                            if (!spoken) {
                                ctx.close();
                            }
                        },
                        FIRST_FRAME_SECONDS,
                        TimeUnit.SECONDS);
        ctx.channel().closeFuture().addListener(closed -> {
            silence.cancel(false);
            connections.gone(this);
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (ended || message instanceof ByteBuf bytes && !in.read(bytes)) {
            ReferenceCountUtil.release(message);
            if (!ended) {
                ended = true;
                connections.flooded();
                // from here, not through HTTP/2: that would wait for its calls
                ctx.writeAndFlush(goAway()).addListener(written -> ctx.close());
            }
            return;
        }
        ctx.fireChannelRead(message);
    }

    private boolean came(int type, int flags, int length) {
        spoke();
        long now = System.nanoTime();
        if (type == FrameBudget.HEADERS || type == FrameBudget.DATA) {
            lastUsed = now;
            budget.moved(length);
        }
        return budget.came(type, flags, length, now);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes && !ended) {
            out.read(bytes);
        }
        ctx.write(message, promise);
    }

    private boolean went(int type, int flags, int length) {
        if (type == FrameBudget.HEADERS || type == FrameBudget.DATA) {
            lastUsed = System.nanoTime();
            budget.moved(length);
        } else if (type == FrameBudget.RST_STREAM) {
            budget.brokenOff(System.nanoTime()); // what comes next finds out
        }
        return true;
    }

    private static ByteBuf goAway() {
        byte[] why = "too many frames that carry nothing".getBytes(StandardCharsets.US_ASCII);
        return Unpooled.buffer()
                .writeMedium(8 + why.length)
                .writeByte(FrameBudget.GO_AWAY)
                .writeByte(0)
                .writeInt(0)
                .writeInt(Integer.MAX_VALUE)
                .writeInt(ENHANCE_YOUR_CALM)
                .writeBytes(why);
    }
}
