package dev.chord.client.transfer;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.ReleaseUploadReply;
import dev.chord.proto.v1.ReleaseUploadRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By what the holders of blocks know that these belong to one upload. Where there is not room for all who
 * store at the same time, the larger upload gives way; and what was stored for one that is refused or broken
 * off can be taken back at once. So whoever stores blocks under a ticket that gives way has to say that it
 * needs them ({@link BlockClient#renew}) before it writes the name. Thread-safe.
 */
public final class UploadTicket {
    /** The size of what comes to an end some time. */
    public static final long UNKNOWN = 1L << 60;

    private static final Logger log = LoggerFactory.getLogger(UploadTicket.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Duration RELEASE = Duration.ofSeconds(5);

    private final PeerChannels channels;
    private final Identifier id;
    private final long bytes;
    private final Set<Peer> asked = ConcurrentHashMap.newKeySet();
    private final Set<UploadTicket> open;

    private UploadTicket(PeerChannels channels, Identifier id, long bytes, Set<UploadTicket> open) {
        this.open = open;
        this.channels = channels;
        this.id = id;
        this.bytes = bytes;
    }

    /** For blocks that belong to nothing. */
    static UploadTicket none(PeerChannels channels) {
        return new UploadTicket(channels, Identifier.ZERO, 0, Set.of());
    }

    /**
     * Draws one.
     *
     * @param bytes the size of the upload; 0: it gives way to nobody; {@link #UNKNOWN}: it gives way to all
     * @param open has it from now until its name is written or it is taken back; one that may be changed by
     *     any thread
     */
    static UploadTicket draw(PeerChannels channels, long bytes, Set<UploadTicket> open) {
        byte[] random = new byte[Identifier.BYTES];
        RANDOM.nextBytes(random);
        UploadTicket ticket = new UploadTicket(channels, Identifier.ofBytes(random), bytes, open);
        open.add(ticket);
        return ticket;
    }

    private boolean isNone() {
        return id.equals(Identifier.ZERO);
    }

    /** Whether the holders may let go of its blocks before it has said that it needs them. */
    public boolean givesWay() {
        return bytes > 0;
    }

    /** Marks a block that any of these may be asked to keep. */
    void mark(PutBlockRequest.Builder request, List<Peer> chain) {
        if (!isNone()) {
            asked.addAll(chain);
            request.setUpload(WireCodec.out(id)).setUploadBytes(bytes);
        }
    }

    /** The bytes by which it is known; empty: it is none. */
    ByteString wire() {
        return isNone() ? ByteString.EMPTY : WireCodec.out(id);
    }

    /** Its name is about to be written: from now on only who writes it knows whether it may be taken back. */
    public void isNamed() {
        open.remove(this);
    }

    /**
     * Takes back what was stored, from all who may have it. Only for an upload whose name has certainly
     * not been written. Waits some seconds at most; who does not hear it lets go when somebody else needs
     * the room.
     */
    public void release() {
        open.remove(this);
        await(withdraw(RELEASE), RELEASE);
    }

    /** The same of several, all at once. */
    static void release(Collection<UploadTicket> tickets, Duration limit) {
        List<ListenableFuture<ReleaseUploadReply>> calls = new ArrayList<>();
        tickets.forEach(ticket -> calls.addAll(ticket.withdraw(limit)));
        await(calls, limit);
    }

    private List<ListenableFuture<ReleaseUploadReply>> withdraw(Duration limit) {
        ReleaseUploadRequest request =
                ReleaseUploadRequest.newBuilder().setUpload(wire()).build();
        List<ListenableFuture<ReleaseUploadReply>> calls = new ArrayList<>();
        for (Peer peer : asked) {
            calls.add(channels.stub(BlockServiceGrpc::newFutureStub, peer.endpoint(), limit)
                    .releaseUpload(request));
        }
        return calls;
    }

    private static void await(List<ListenableFuture<ReleaseUploadReply>> calls, Duration limit) {
        try {
            Futures.successfulAsList(calls).get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the calls go on
        } catch (ExecutionException | TimeoutException e) {
            log.debug("not everybody has heard that an upload is over", e);
        }
    }
}
