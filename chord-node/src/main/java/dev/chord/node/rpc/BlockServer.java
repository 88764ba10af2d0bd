package dev.chord.node.rpc;

import com.google.protobuf.UnsafeByteOperations;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.FoundMembers;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.blocks.Arrival;
import dev.chord.core.blocks.BlockEngine;
import dev.chord.core.blocks.BlockQuestion;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import dev.chord.node.blocks.NodeBlocks;
import dev.chord.node.share.SharedBlocks;
import dev.chord.node.store.BlockStore;
import dev.chord.node.store.StoredBlocks;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.ConfirmTransferReply;
import dev.chord.proto.v1.ConfirmTransferRequest;
import dev.chord.proto.v1.FingerprintBlocksRequest;
import dev.chord.proto.v1.FingerprintReply;
import dev.chord.proto.v1.GetBlockReply;
import dev.chord.proto.v1.GetBlockRequest;
import dev.chord.proto.v1.GetBlocksReply;
import dev.chord.proto.v1.GetBlocksRequest;
import dev.chord.proto.v1.HasBlocksReply;
import dev.chord.proto.v1.HasBlocksRequest;
import dev.chord.proto.v1.OneOfBlocks;
import dev.chord.proto.v1.OneOfPuts;
import dev.chord.proto.v1.OneOfStores;
import dev.chord.proto.v1.PutBlockReply;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.PutBlocksReply;
import dev.chord.proto.v1.PutBlocksRequest;
import dev.chord.proto.v1.ReleaseUploadReply;
import dev.chord.proto.v1.ReleaseUploadRequest;
import dev.chord.proto.v1.RenewBlocksReply;
import dev.chord.proto.v1.RenewBlocksRequest;
import dev.chord.proto.v1.StoreBlockReply;
import dev.chord.proto.v1.StoreBlockRequest;
import dev.chord.proto.v1.StoreBlocksReply;
import dev.chord.proto.v1.StoreBlocksRequest;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Blocks in and out. Every block that leaves was verified just before. */
public final class BlockServer extends BlockServiceGrpc.BlockServiceImplBase {
    private static final int CANDIDATES = 32;
    private static final Duration LOOKUP = Duration.ofSeconds(1);
    private static final int BATCH_BYTES = 1 << 20;
    private static final long MICROS = 1000;

    private final BlockStore store;
    private final SharedBlocks shared;
    private final NodeBlocks blocks;
    private final TransferLog transfers;
    private final FoundMembers members;
    private final NodeMetrics metrics;

    public BlockServer(
            BlockStore store,
            SharedBlocks shared,
            NodeBlocks blocks,
            TransferLog transfers,
            FoundMembers members,
            NodeMetrics metrics) {
        this.members = members;
        this.store = store;
        this.shared = shared;
        this.blocks = blocks;
        this.transfers = transfers;
        this.metrics = metrics;
    }

    @Override
    public void putBlock(PutBlockRequest request, StreamObserver<PutBlockReply> out) {
        Answers.guarded(
                out,
                () -> later(out, put(request), stored -> {
                    stored.here().refused().ifPresent(why -> {
                        throw StoredBlocks.why(why);
                    });
                    return reply(stored);
                }));
    }

    @Override
    public void putBlocks(PutBlocksRequest request, StreamObserver<PutBlocksReply> out) {
        Answers.guarded(out, () -> {
            Answers.limit(request.getBlocksCount());
            List<CompletableFuture<OneOfPuts>> all = request.getBlocksList().stream()
                    .map(one -> orRefusal(() -> put(one).thenApply(stored -> stored.here()
                                    .refused()
                                    .map(why -> refused(StoredBlocks.why(why)))
                                    .orElseGet(() -> OneOfPuts.newBuilder()
                                            .setStored(reply(stored))
                                            .build())))
                            .exceptionally(BlockServer::refused))
                    .toList();
            later(
                    out,
                    all(all),
                    answers -> PutBlocksReply.newBuilder().addAllBlocks(answers).build());
        });
    }

    private static OneOfPuts refused(Throwable why) {
        return OneOfPuts.newBuilder()
                .setRefusal(WireErrors.toRefusal(Answers.error(why)))
                .build();
    }

    private CompletableFuture<BlockEngine.Stored> put(PutBlockRequest request) {
        Identifier digest = WireCodec.in(request.getDigest());
        Arrival block = new Arrival(
                digest,
                StoredBlocks.Data.of(digest, WireCodec.view(request.getData())),
                request.getCopies(),
                OptionalLong.empty(),
                WireCodec.upload(request.getUpload(), request.getUploadBytes()));
        // Copies go where the ring leads, not where somebody says that it would.
        List<Peer> told = WireCodec.in(request.getCandidatesList());
        return blocks.put(block, members.find(told.subList(0, Math.min(told.size(), CANDIDATES)), LOOKUP))
                .thenApply(stored -> {
                    if (stored.here().isKept()) {
                        metrics.received(request.getData().size());
                    }
                    return stored;
                });
    }

    private static PutBlockReply reply(BlockEngine.Stored stored) {
        return PutBlockReply.newBuilder()
                .setKnown(stored.here().known())
                .addAllHolders(WireCodec.out(stored.holders()))
                .build();
    }

    @Override
    public void storeBlock(StoreBlockRequest request, StreamObserver<StoreBlockReply> out) {
        Answers.guarded(out, () -> later(out, store(request), reply -> reply));
    }

    @Override
    public void storeBlocks(StoreBlocksRequest request, StreamObserver<StoreBlocksReply> out) {
        Answers.guarded(out, () -> {
            Answers.limit(request.getBlocksCount());
            List<CompletableFuture<OneOfStores>> all = request.getBlocksList().stream()
                    .map(one -> orRefusal(() -> store(one)
                                    .thenApply(stored -> OneOfStores.newBuilder()
                                            .setStored(stored)
                                            .build()))
                            .exceptionally(why -> OneOfStores.newBuilder()
                                    .setRefusal(WireErrors.toRefusal(Answers.error(why)))
                                    .build()))
                    .toList();
            later(
                    out,
                    all(all),
                    answers ->
                            StoreBlocksReply.newBuilder().addAllBlocks(answers).build());
        });
    }

    private CompletableFuture<StoreBlockReply> store(StoreBlockRequest request) {
        long lease = Math.min(request.getLeaseMillis(), Long.MAX_VALUE / MICROS / 4);
        Identifier digest = WireCodec.in(request.getDigest());
        Arrival block = new Arrival(
                digest,
                StoredBlocks.Data.of(digest, WireCodec.view(request.getData())),
                request.getCopies(),
                lease == 0 ? OptionalLong.empty() : OptionalLong.of(lease * MICROS),
                WireCodec.upload(request.getUpload(), request.getUploadBytes()));
        return serve(new BlockQuestion.Store(block)).thenApply(kept -> {
            kept.refused().ifPresent(why -> {
                throw StoredBlocks.why(why);
            });
            metrics.received(request.getData().size());
            return StoreBlockReply.newBuilder().setKnown(kept.known()).build();
        });
    }

    // ---- answers that come later

    private <A> CompletableFuture<A> serve(BlockQuestion<A> question) {
        return blocks.serve(question)
                .thenApply(answer -> answer.orElseThrow(() -> new ChordException(
                        ErrorCode.UNFINISHED, "this node's disk does not note anything now", "try again")));
    }

    private static <A, R> void later(StreamObserver<R> out, CompletableFuture<A> answer, Function<A, R> reply) {
        answer.whenComplete((value, failure) -> Answers.late(out, () -> {
            if (failure != null) {
                throw Answers.error(failure);
            }
            return reply.apply(value);
        }));
    }

    private static <T> CompletableFuture<T> orRefusal(Supplier<CompletableFuture<T>> what) {
        try {
            return what.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> answers) {
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(done -> answers.stream().map(CompletableFuture::join).toList());
    }

    // ---- reading, which needs no engine

    @Override
    public void getBlock(GetBlockRequest request, StreamObserver<GetBlockReply> out) {
        Answers.one(out, () -> {
            GetBlockReply reply = read(WireCodec.in(request.getDigest()));
            sent(request, reply);
            return reply;
        });
    }

    @Override
    public void getBlocks(GetBlocksRequest request, StreamObserver<GetBlocksReply> out) {
        Answers.one(out, () -> {
            Answers.limit(request.getBlocksCount());
            GetBlocksReply.Builder reply = GetBlocksReply.newBuilder();
            int room = BATCH_BYTES;
            for (GetBlockRequest one : request.getBlocksList()) {
                Answers.stillWanted();
                OneOfBlocks answer = room > 0 ? answer(one) : OneOfBlocks.getDefaultInstance();
                int size = answer.getBlock().getData().size();
                boolean fits = size <= room || room == BATCH_BYTES; // one that is large goes alone
                reply.addBlocks(fits ? answer : OneOfBlocks.getDefaultInstance());
                room = fits ? room - size : 0;
            }
            for (int i = 0; i < reply.getBlocksCount(); i++) {
                if (reply.getBlocks(i).hasBlock()) {
                    sent(request.getBlocks(i), reply.getBlocks(i).getBlock());
                }
            }
            return reply.build();
        });
    }

    private OneOfBlocks answer(GetBlockRequest request) {
        try {
            return OneOfBlocks.newBuilder()
                    .setBlock(read(WireCodec.in(request.getDigest())))
                    .build();
        } catch (RuntimeException e) {
            return OneOfBlocks.newBuilder()
                    .setRefusal(WireErrors.toRefusal(Answers.error(e)))
                    .build();
        }
    }

    private void sent(GetBlockRequest request, GetBlockReply reply) {
        transfers.sent(request.getTransfer(), reply.getData().size());
        metrics.sent(reply.getData().size());
    }

    private GetBlockReply read(Identifier digest) {
        Optional<ByteBuffer> stored = Optional.empty();
        Optional<ChordException> damage = Optional.empty();
        try {
            stored = store.get(digest);
        } catch (ChordException e) {
            damage = Optional.of(e); // the same bytes may be part of a shared file
        }
        if (stored.isPresent()) {
            return reply(stored.get(), false);
        }
        Optional<ByteBuffer> inPlace = shared.read(digest);
        if (inPlace.isPresent()) {
            return reply(inPlace.get(), true);
        }
        throw damage.orElseGet(() -> new ChordException(
                ErrorCode.NOT_FOUND, "block " + digest.abbreviated() + " is not on this node", "ask another"));
    }

    private static GetBlockReply reply(ByteBuffer data, boolean inPlace) {
        return GetBlockReply.newBuilder()
                .setData(UnsafeByteOperations.unsafeWrap(data))
                .setShared(inPlace)
                .build();
    }

    @Override
    public void hasBlocks(HasBlocksRequest request, StreamObserver<HasBlocksReply> out) {
        Answers.guarded(out, () -> {
            List<Identifier> digests =
                    request.getDigestsList().stream().map(WireCodec::in).toList();
            List<Boolean> inPlace = digests.stream()
                    .map(digest -> {
                        Answers.stillWanted();
                        return !store.has(digest) && shared.has(digest);
                    })
                    .toList();
            BlockQuestion.Has asked =
                    new BlockQuestion.Has(digests, request.getSupply(), request.getKeepMillis() * MICROS);
            later(out, serve(asked), found -> {
                HasBlocksReply.Builder reply = HasBlocksReply.newBuilder().setBytesPerSecond(transfers.rate());
                for (int i = 0; i < found.size(); i++) {
                    boolean here = found.get(i).held();
                    reply.addHeld(here || inPlace.get(i)).addShared(!here && inPlace.get(i));
                    if (asked.supply()) {
                        reply.addPromised(found.get(i).promised());
                    }
                }
                return reply.build();
            });
        });
    }

    @Override
    public void fingerprintBlocks(FingerprintBlocksRequest request, StreamObserver<FingerprintReply> out) {
        Answers.guarded(
                out,
                () -> later(out, serve(new BlockQuestion.Fingerprint(WireCodec.in(request.getArc()))), WireCodec::out));
    }

    @Override
    public void renewBlocks(RenewBlocksRequest request, StreamObserver<RenewBlocksReply> out) {
        Answers.guarded(out, () -> {
            BlockQuestion.Renew asked = new BlockQuestion.Renew(
                    request.getDigestsList().stream().map(WireCodec::in).toList(),
                    request.getCopies(),
                    request.getCondemned(),
                    request.getUpload().isEmpty() ? Identifier.ZERO : WireCodec.in(request.getUpload()));
            later(
                    out,
                    serve(asked),
                    lacking ->
                            RenewBlocksReply.newBuilder().addAllLacking(lacking).build());
        });
    }

    @Override
    public void releaseUpload(ReleaseUploadRequest request, StreamObserver<ReleaseUploadReply> out) {
        Answers.guarded(
                out,
                () -> later(
                        out,
                        serve(new BlockQuestion.Release(WireCodec.in(request.getUpload()))),
                        gone -> ReleaseUploadReply.newBuilder().setBlocks(gone).build()));
    }

    @Override
    public void confirmTransfer(ConfirmTransferRequest request, StreamObserver<ConfirmTransferReply> out) {
        Answers.one(out, () -> transfers.confirm(request));
    }
}
