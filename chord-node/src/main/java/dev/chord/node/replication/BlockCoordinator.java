package dev.chord.node.replication;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import dev.chord.client.error.ChordException;
import dev.chord.client.rpc.PeerChannels;
import dev.chord.client.rpc.WireCodec;
import dev.chord.client.rpc.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Peer;
import dev.chord.node.store.BlockStore;
import dev.chord.node.telemetry.NodeMetrics;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.PutBlockReply;
import dev.chord.proto.v1.PutBlockRequest;
import dev.chord.proto.v1.StoreBlockReply;
import dev.chord.proto.v1.StoreBlockRequest;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a new block in: keeps it, and sees to it that enough other processes keep it, before it is acknowledged. */
public final class BlockCoordinator {
    private static final Logger log = LoggerFactory.getLogger(BlockCoordinator.class);
    private static final int MAX_COPIES = 64;
    private static final long STORE_SECONDS = 10;

    private final Peer self;
    private final BlockStore store;
    private final PeerChannels channels;
    private final NodeMetrics metrics;

    public BlockCoordinator(Peer self, BlockStore store, PeerChannels channels, NodeMetrics metrics) {
        this.self = self;
        this.store = store;
        this.channels = channels;
        this.metrics = metrics;
    }

    /**
     * Stores a block here and on the processes that come next among the candidates; one that fails is replaced by the
     * next.
     *
     * @return who holds it durably: fewer than asked for if there are not more processes
     */
    public PutBlockReply put(PutBlockRequest request) {
        Identifier digest = WireCodec.in(request.getDigest());
        int copies = Math.max(1, Math.min(request.getCopies(), MAX_COPIES));
        List<Peer> chain = new ArrayList<>(WireCodec.in(request.getCandidatesList()));
        chain.removeIf(p -> p.process().equals(self.process()));
        chain.add(0, self);
        List<Peer> others =
                new ArrayList<>(Placement.spread(chain, copies).subList(1, Math.min(copies, processes(chain))));
        Placement.holders(chain, chain.size()).stream()
                .filter(p -> p != self && !others.contains(p))
                .forEach(others::add);
        StoreBlockRequest copy = StoreBlockRequest.newBuilder()
                .setDigest(request.getDigest())
                .setData(request.getData())
                .setCopies(request.getCopies())
                .build();
        Map<Peer, ListenableFuture<StoreBlockReply>> calls = new LinkedHashMap<>();
        int next = 0;
        while (next < others.size() && next < copies - 1) {
            calls.put(others.get(next), start(others.get(next), copy));
            next++;
        }
        ByteString data = request.getData();
        boolean known = store.put(digest, WireCodec.view(data), request.getCopies());
        metrics.received(data.size());
        PutBlockReply.Builder reply = PutBlockReply.newBuilder().addHolders(WireCodec.out(self));
        List<Peer> stored = settle(calls, others.subList(next, others.size()), copy);
        return reply.addAllHolders(WireCodec.out(stored)).setKnown(known).build();
    }

    private static int processes(List<Peer> chain) {
        return Placement.holders(chain, chain.size()).size();
    }

    private List<Peer> settle(
            Map<Peer, ListenableFuture<StoreBlockReply>> calls, List<Peer> spare, StoreBlockRequest copy) {
        List<Peer> stored = new ArrayList<>();
        int wanted = calls.size();
        calls.forEach((peer, call) -> {
            if (done(peer, call)) {
                stored.add(peer);
            }
        });
        for (Peer peer : spare) {
            if (stored.size() < wanted && done(peer, start(peer, copy))) {
                stored.add(peer);
            }
        }
        return stored;
    }

    private ListenableFuture<StoreBlockReply> start(Peer peer, StoreBlockRequest copy) {
        return BlockServiceGrpc.newFutureStub(channels.to(peer.endpoint()))
                .withDeadlineAfter(STORE_SECONDS, TimeUnit.SECONDS)
                .storeBlock(copy);
    }

    private boolean done(Peer peer, ListenableFuture<StoreBlockReply> call) {
        try {
            call.get();
            return true;
        } catch (ExecutionException e) {
            ChordException why = WireErrors.fromStatus(e, peer.endpoint());
            log.debug("no copy on {}: {}", peer, why.getMessage());
            if (Status.fromThrowable(e).getCode() == Status.Code.UNAVAILABLE) {
                channels.drop(peer.endpoint());
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
