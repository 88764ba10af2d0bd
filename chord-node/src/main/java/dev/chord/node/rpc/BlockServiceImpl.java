package dev.chord.node.rpc;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.protobuf.UnsafeByteOperations;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.FoundMembers;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.ring.Peer;
import dev.chord.node.blocks.BlockCoordinator;
import dev.chord.node.share.SharedBlocks;
import dev.chord.node.store.Arrival;
import dev.chord.node.store.BlockStore;
import dev.chord.node.store.Kept;
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
import java.util.Set;
import java.util.stream.Collectors;

/** Blocks in and out. Every block that leaves was verified just before. */
public final class BlockServiceImpl extends BlockServiceGrpc.BlockServiceImplBase {
    private static final int PROMISES = 100_000;
    private static final int CANDIDATES = 32;
    private static final Duration LOOKUP = Duration.ofSeconds(1);
    private static final int BATCH_BYTES = 1 << 20;
    private static final Duration KEEP = Duration.ofMinutes(10); // from the question to the block itself
    private static final Duration PROMISE = Duration.ofSeconds(10); // longer than a batch of repair takes, as a rule

    private final BlockStore store;
    private final SharedBlocks shared;
    private final BlockCoordinator coordinator;
    private final TransferLog transfers;
    private final FoundMembers members;
    private final Cache<Identifier, Long> keepers = CacheBuilder.newBuilder()
            .maximumSize(PROMISES)
            .expireAfterWrite(KEEP)
            .build();
    private final Cache<Identifier, Boolean> promises = CacheBuilder.newBuilder()
            .maximumSize(PROMISES)
            .expireAfterWrite(PROMISE)
            .build();
    private final NodeMetrics metrics;

    public BlockServiceImpl(
            BlockStore store,
            SharedBlocks shared,
            BlockCoordinator coordinator,
            TransferLog transfers,
            FoundMembers members,
            NodeMetrics metrics) {
        this.members = members;
        this.store = store;
        this.shared = shared;
        this.coordinator = coordinator;
        this.transfers = transfers;
        this.metrics = metrics;
    }

    @Override
    public void putBlock(PutBlockRequest request, StreamObserver<PutBlockReply> out) {
        Answers.one(out, () -> {
            OneOfPuts answer = coordinator.putAll(List.of(led(request))).get(0);
            if (answer.hasRefusal()) {
                throw WireErrors.fromRefusal(answer.getRefusal());
            }
            return answer.getStored();
        });
    }

    @Override
    public void putBlocks(PutBlocksRequest request, StreamObserver<PutBlocksReply> out) {
        Answers.one(out, () -> {
            Answers.limit(request.getBlocksCount());
            return PutBlocksReply.newBuilder()
                    .addAllBlocks(coordinator.putAll(
                            request.getBlocksList().stream().map(this::led).toList()))
                    .build();
        });
    }

    // Copies go where the ring leads, not where somebody says that it would.
    private PutBlockRequest led(PutBlockRequest request) {
        List<Peer> told = WireCodec.in(request.getCandidatesList());
        List<Peer> found = members.find(told.subList(0, Math.min(told.size(), CANDIDATES)), LOOKUP);
        return found.equals(told)
                ? request
                : request.toBuilder()
                        .clearCandidates()
                        .addAllCandidates(WireCodec.out(found))
                        .build();
    }

    @Override
    public void storeBlock(StoreBlockRequest request, StreamObserver<StoreBlockReply> out) {
        Answers.one(out, () -> {
            boolean known = store(List.of(request)).get(0).orThrow();
            return StoreBlockReply.newBuilder().setKnown(known).build();
        });
    }

    @Override
    public void storeBlocks(StoreBlocksRequest request, StreamObserver<StoreBlocksReply> out) {
        Answers.one(out, () -> {
            Answers.limit(request.getBlocksCount());
            StoreBlocksReply.Builder reply = StoreBlocksReply.newBuilder();
            for (Kept kept : store(request.getBlocksList())) {
                OneOfStores.Builder answer = OneOfStores.newBuilder();
                kept.refused()
                        .ifPresentOrElse(
                                why -> answer.setRefusal(WireErrors.toRefusal(why)),
                                () -> answer.setStored(
                                        StoreBlockReply.newBuilder().setKnown(kept.known())));
                reply.addBlocks(answer);
            }
            return reply.build();
        });
    }

    private List<Kept> store(List<StoreBlockRequest> requests) {
        List<Arrival> arrivals =
                requests.stream().map(BlockServiceImpl::arrival).toList();
        List<Kept> kept = store.putAll(arrivals);
        for (int i = 0; i < kept.size(); i++) {
            if (kept.get(i).refused().isEmpty()) {
                Identifier digest = arrivals.get(i).digest();
                promises.invalidate(digest);
                keep(digest);
                metrics.received(requests.get(i).getData().size());
            }
        }
        return kept;
    }

    private static Arrival arrival(StoreBlockRequest request) {
        return new Arrival(
                WireCodec.in(request.getDigest()),
                WireCodec.view(request.getData()),
                request.getCopies(),
                request.getLeaseMillis() == 0 ? OptionalLong.empty() : OptionalLong.of(request.getLeaseMillis()),
                WireCodec.upload(request.getUpload(), request.getUploadBytes()));
    }

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
        Answers.one(out, () -> {
            HasBlocksReply.Builder reply = HasBlocksReply.newBuilder().setBytesPerSecond(transfers.rate());
            request.getDigestsList().forEach(bytes -> {
                Answers.stillWanted();
                Identifier digest = WireCodec.in(bytes);
                boolean stored = store.has(digest);
                boolean inPlace = !stored && shared.has(digest);
                reply.addHeld(stored || inPlace).addShared(inPlace);
                if (request.getKeepMillis() > 0) {
                    keepers.put(digest, request.getKeepMillis());
                    keep(digest);
                }
                if (request.getSupply()) {
                    // of several holders that find it missing here at the same time one sends it
                    reply.addPromised(!stored && promises.asMap().putIfAbsent(digest, true) != null);
                }
            });
            return reply.build();
        });
    }

    private void keep(Identifier digest) {
        Long millis = keepers.getIfPresent(digest);
        if (millis != null && store.has(digest)) {
            store.keep(digest, millis);
            keepers.invalidate(digest);
        }
    }

    @Override
    public void fingerprintBlocks(FingerprintBlocksRequest request, StreamObserver<FingerprintReply> out) {
        Answers.one(out, () -> WireCodec.out(Fingerprints.of(store.index(), WireCodec.in(request.getArc()))));
    }

    @Override
    public void renewBlocks(RenewBlocksRequest request, StreamObserver<RenewBlocksReply> out) {
        Answers.one(out, () -> {
            List<Identifier> digests =
                    request.getDigestsList().stream().map(WireCodec::in).toList();
            Set<Identifier> here = needed(request, digests);
            RenewBlocksReply.Builder reply = RenewBlocksReply.newBuilder();
            for (int i = 0; i < digests.size(); i++) {
                if (!here.contains(digests.get(i))) {
                    reply.addLacking(i);
                }
            }
            return reply.build();
        });
    }

    // Says which of them are here, as it was in the moment in which each was renewed.
    private Set<Identifier> needed(RenewBlocksRequest request, List<Identifier> digests) {
        if (request.getCondemned()) {
            store.condemn(digests);
            return digests.stream().filter(store::has).collect(Collectors.toSet());
        }
        return request.getUpload().isEmpty()
                ? store.renew(digests, request.getCopies())
                : store.confirm(WireCodec.in(request.getUpload()), digests, request.getCopies());
    }

    @Override
    public void releaseUpload(ReleaseUploadRequest request, StreamObserver<ReleaseUploadReply> out) {
        Answers.one(
                out,
                () -> ReleaseUploadReply.newBuilder()
                        .setBlocks(store.release(WireCodec.in(request.getUpload())))
                        .build());
    }

    @Override
    public void confirmTransfer(ConfirmTransferRequest request, StreamObserver<ConfirmTransferReply> out) {
        Answers.one(out, () -> transfers.confirm(request));
    }
}
