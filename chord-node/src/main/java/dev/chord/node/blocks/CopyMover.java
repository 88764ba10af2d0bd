package dev.chord.node.blocks;

import com.google.common.util.concurrent.RateLimiter;
import com.google.protobuf.UnsafeByteOperations;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RecordCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.ring.Peer;
import dev.chord.node.store.BlockStore;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.FingerprintBlocksRequest;
import dev.chord.proto.v1.FingerprintReply;
import dev.chord.proto.v1.HasBlocksReply;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.RenewBlocksRequest;
import dev.chord.proto.v1.StoreBlockRequest;
import io.grpc.StatusRuntimeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Gives another process what it lacks, out of verified copies only. */
public final class CopyMover {
    private static final long SECONDS = 10;
    private static final int KIB = 1024;

    private final BlockStore blocks;
    private final PeerChannels channels;
    private final NodeMetrics metrics;
    private final RateLimiter limit;

    /**
     * @param bytesPerSecond that may be sent
     */
    public CopyMover(BlockStore blocks, PeerChannels channels, NodeMetrics metrics, long bytesPerSecond) {
        this.limit = RateLimiter.create(Math.max(1, bytesPerSecond / (double) KIB));
        this.blocks = blocks;
        this.channels = channels;
        this.metrics = metrics;
    }

    /** What the receiver has of an arc, in little space. */
    Fingerprints blockFingerprints(Peer receiver, Arc arc) {
        return numbers(call(
                receiver,
                () -> blockStub(receiver)
                        .fingerprintBlocks(FingerprintBlocksRequest.newBuilder()
                                .setArc(WireCodec.out(arc))
                                .build())));
    }

    private static Fingerprints numbers(FingerprintReply reply) {
        if (reply.getPartsCount() != Fingerprints.PARTS) {
            throw new ChordException(ErrorCode.INCOMPATIBLE, "fingerprints of another kind", "compare versions");
        }
        return RecordCodec.fingerprints(reply.getPartsList());
    }

    /** Tells a process which of its blocks somebody needs. */
    void renew(Peer receiver, RenewBlocksRequest request) {
        call(receiver, () -> blockStub(receiver).renewBlocks(request));
    }

    /**
     * Sends the blocks the receiver does not have.
     *
     * @param keep how long it is not to let go of them
     * @param incomplete takes those that could not be given
     * @return how many were sent
     */
    long supplyBlocks(Peer receiver, List<Identifier> digests, Duration keep, Set<Identifier> incomplete) {
        HasBlocksRequest.Builder request =
                HasBlocksRequest.newBuilder().setSupply(true).setKeepMillis(keep.toMillis());
        digests.forEach(d -> request.addDigests(WireCodec.out(d)));
        HasBlocksReply has = call(receiver, () -> blockStub(receiver).hasBlocks(request.build()));
        long sent = 0;
        for (int i = 0; i < digests.size(); i++) {
            // What it only shares in place is no copy: the file may be gone tomorrow.
            boolean lacking = !has.getHeld(i) || has.getShared(i);
            if (lacking && i < has.getPromisedCount() && has.getPromised(i)) {
                incomplete.add(digests.get(i)); // another holder sends it now; the next round sees
            } else if (lacking) {
                sent += supply(receiver, digests.get(i), incomplete) ? 1 : 0;
            }
        }
        return sent;
    }

    private boolean supply(Peer receiver, Identifier digest, Set<Identifier> incomplete) {
        try {
            Optional<ByteBuffer> data = blocks.get(digest);
            if (data.isPresent()) {
                StoreBlockRequest request = StoreBlockRequest.newBuilder()
                        .setDigest(WireCodec.out(digest))
                        .setData(UnsafeByteOperations.unsafeWrap(data.get()))
                        .setCopies(blocks.copies(digest))
                        .setLeaseMillis(blocks.leaseMillis(digest))
                        .build();
                limit.acquire(1 + data.get().remaining() / KIB);
                call(receiver, () -> blockStub(receiver).storeBlock(request));
                metrics.repaired(data.get().remaining());
                return true;
            }
        } catch (ChordException e) {
            incomplete.add(digest); // damaged here, or not taken there; the next round tries again
            return false;
        }
        incomplete.add(digest);
        return false;
    }

    private <T> T call(Peer receiver, Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw WireErrors.fromStatus(e, receiver.endpoint());
        }
    }

    private BlockServiceGrpc.BlockServiceBlockingStub blockStub(Peer receiver) {
        return BlockServiceGrpc.newBlockingStub(channels.to(receiver.endpoint()))
                .withDeadlineAfter(SECONDS, TimeUnit.SECONDS);
    }
}
