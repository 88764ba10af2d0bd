package dev.chord.node.rpc;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.wire.Batches;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.Outside;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.RecordCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.blocks.Arrival;
import dev.chord.core.blocks.BlockQuestion;
import dev.chord.core.blocks.Kept;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.placement.Precedence;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.node.blocks.AskingBlocks;
import dev.chord.node.store.StoredBlocks;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.BlockServiceGrpc.BlockServiceFutureStub;
import dev.chord.proto.v1.FingerprintBlocksRequest;
import dev.chord.proto.v1.FingerprintReply;
import dev.chord.proto.v1.HasBlocksReply;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.ReleaseUploadReply;
import dev.chord.proto.v1.ReleaseUploadRequest;
import dev.chord.proto.v1.RenewBlocksReply;
import dev.chord.proto.v1.RenewBlocksRequest;
import dev.chord.proto.v1.StoreBlockReply;
import dev.chord.proto.v1.StoreBlockRequest;
import dev.chord.proto.v1.StoreBlocksRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The questions of a block engine as calls of the block service. Any thread; answers come on those of
 * the network.
 */
public final class BlockCalls implements AskingBlocks {
    private static final int CALLS = 2; // with small blocks, to one process at a time
    private static final long MICROS = 1000;

    private final PeerChannels channels;
    private final Batches<StoreBlockRequest, StoreBlockReply> small;

    public BlockCalls(PeerChannels channels) {
        this.channels = channels;
        this.small = new Batches<>(channels, CALLS, StoreBlockRequest::getSerializedSize, BlockCalls::storeBlocks);
    }

    @Override
    @SuppressWarnings("unchecked") // the answer to a question is of its kind
    public <A> void ask(Peer peer, BlockQuestion<A> question, Duration limit, Consumer<Optional<A>> then) {
        Consumer<Optional<Object>> heard = answer -> then.accept(answer.map(a -> (A) a));
        try {
            BlockServiceFutureStub stub = channels.stub(BlockServiceGrpc::newFutureStub, peer.endpoint(), limit);
            if (question instanceof BlockQuestion.Store asked) {
                StoreBlockRequest request = out(asked.block());
                hear(
                        asked.block().bytes().size() <= BlockClient.SMALL
                                ? small.ask(peer.endpoint(), request, limit)
                                : stub.storeBlock(request),
                        reply -> new Kept(reply.getKnown(), Optional.empty()),
                        heard);
            } else if (question instanceof BlockQuestion.Has asked) {
                hear(stub.hasBlocks(out(asked)), BlockCalls::in, heard);
            } else if (question instanceof BlockQuestion.Fingerprint asked) {
                FingerprintBlocksRequest request = FingerprintBlocksRequest.newBuilder()
                        .setArc(WireCodec.out(asked.arc()))
                        .build();
                hear(stub.fingerprintBlocks(request), BlockCalls::in, heard);
            } else if (question instanceof BlockQuestion.Renew asked) {
                hear(stub.renewBlocks(out(asked)), RenewBlocksReply::getLackingList, heard);
            } else if (question instanceof BlockQuestion.Release asked) {
                ReleaseUploadRequest request = ReleaseUploadRequest.newBuilder()
                        .setUpload(WireCodec.out(asked.upload()))
                        .build();
                hear(stub.releaseUpload(request), ReleaseUploadReply::getBlocks, heard);
            } else {
                throw new IllegalArgumentException("a question of another kind: " + question);
            }
        } catch (RuntimeException e) {
            then.accept(Optional.empty()); // nowhere to send it to, or stopping
        }
    }

    private static <R> void hear(ListenableFuture<R> call, Function<R, Object> in, Consumer<Optional<Object>> then) {
        Futures.addCallback(
                call,
                new FutureCallback<R>() {
                    @Override
                    public void onSuccess(@Nullable R reply) {
                        Optional<Object> answer;
                        try {
                            answer = Optional.of(in.apply(Objects.requireNonNull(reply)));
                        } catch (MalformedMessageException e) {
                            answer = Optional.empty();
                        }
                        then.accept(answer);
                    }

                    @Override
                    public void onFailure(Throwable failure) {
                        then.accept(Optional.empty());
                    }
                },
                MoreExecutors.directExecutor());
    }

    private static ListenableFuture<List<Batches.Answer<StoreBlockReply>>> storeBlocks(
            Outside around, Endpoint peer, List<StoreBlockRequest> blocks, Duration left) {
        return Futures.transform(
                around.call(
                        peer,
                        BlockServiceGrpc.getStoreBlocksMethod(),
                        StoreBlocksRequest.newBuilder().addAllBlocks(blocks).build(),
                        left),
                reply -> reply.getBlocksList().stream()
                        .map(one -> one.hasStored()
                                ? Batches.Answer.of(one.getStored())
                                : Batches.Answer.<StoreBlockReply>refused(one.getRefusal()))
                        .toList(),
                MoreExecutors.directExecutor());
    }

    // ---- messages

    private static StoreBlockRequest out(Arrival block) {
        StoreBlockRequest.Builder request = StoreBlockRequest.newBuilder()
                .setDigest(WireCodec.out(block.digest()))
                .setData(UnsafeByteOperations.unsafeWrap(StoredBlocks.data(block.bytes())))
                .setCopies(block.copies());
        block.lease().ifPresent(lease -> request.setLeaseMillis(Math.max(1, lease / MICROS)));
        Precedence upload = block.upload();
        if (!upload.equals(Precedence.FIRST)) {
            request.setUpload(WireCodec.out(upload.upload())).setUploadBytes(upload.size());
        }
        return request.build();
    }

    private static HasBlocksRequest out(BlockQuestion.Has asked) {
        return HasBlocksRequest.newBuilder()
                .addAllDigests(digests(asked.digests()))
                .setSupply(asked.supply())
                .setKeepMillis(asked.keep() / MICROS)
                .build();
    }

    private static List<BlockQuestion.Presence> in(HasBlocksReply reply) {
        List<BlockQuestion.Presence> found = new ArrayList<>();
        for (int i = 0; i < reply.getHeldCount(); i++) {
            boolean shared = i < reply.getSharedCount() && reply.getShared(i);
            boolean promised = i < reply.getPromisedCount() && reply.getPromised(i);
            found.add(new BlockQuestion.Presence(reply.getHeld(i) && !shared, promised));
        }
        return found;
    }

    private static Fingerprints in(FingerprintReply reply) {
        if (reply.getPartsCount() != Fingerprints.PARTS) {
            throw new MalformedMessageException(
                    MalformedMessageException.Fault.COUNT, "fingerprints of another kind: compare versions");
        }
        return RecordCodec.fingerprints(reply.getPartsList());
    }

    private static RenewBlocksRequest out(BlockQuestion.Renew asked) {
        RenewBlocksRequest.Builder request = RenewBlocksRequest.newBuilder()
                .addAllDigests(digests(asked.digests()))
                .setCopies(asked.copies())
                .setCondemned(asked.condemned());
        if (!asked.upload().equals(Identifier.ZERO)) {
            request.setUpload(WireCodec.out(asked.upload()));
        }
        return request.build();
    }

    private static List<ByteString> digests(List<Identifier> digests) {
        return digests.stream().map(WireCodec::out).toList();
    }
}
