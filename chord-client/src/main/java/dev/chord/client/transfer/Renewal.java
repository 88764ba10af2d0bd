package dev.chord.client.transfer;

import com.google.common.collect.Lists;
import com.google.protobuf.ByteString;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.Batches;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.BlockServiceGrpc;
import dev.chord.proto.v1.RenewBlocksReply;
import dev.chord.proto.v1.RenewBlocksRequest;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tells all who may hold blocks that these are needed; whoever does not answer counts as not holding them.
 */
record Renewal(PeerChannels channels, KeyLocator locator, ByteString upload) {
    /** How many processes hold each of these, in the same order. */
    int[] of(List<Identifier> digests, int copies, Duration limit) {
        int[] held = new int[digests.size()];
        locator.locate(digests, limit);
        Map<Peer, List<Integer>> byPeer = new LinkedHashMap<>();
        for (int i = 0; i < digests.size(); i++) {
            List<Peer> chain = locator.chain(digests.get(i), limit);
            for (Peer peer : Placement.holders(chain, chain.size())) {
                byPeer.computeIfAbsent(peer, p -> new ArrayList<>()).add(i);
            }
        }
        byPeer.forEach((peer, all) -> Lists.partition(all, Batches.DIGESTS).forEach(places -> {
            RenewBlocksRequest.Builder request =
                    RenewBlocksRequest.newBuilder().setCopies(copies).setUpload(upload);
            places.forEach(i -> request.addDigests(WireCodec.out(digests.get(i))));
            try {
                RenewBlocksReply reply = channels.stub(BlockServiceGrpc::newBlockingStub, peer.endpoint(), limit)
                        .renewBlocks(request.build());
                Set<Integer> lacking = new HashSet<>(reply.getLackingList());
                for (int at = 0; at < places.size(); at++) {
                    held[places.get(at)] += lacking.contains(at) ? 0 : 1;
                }
            } catch (StatusRuntimeException e) {
                ChordException why = WireErrors.fromStatus(e, peer.endpoint());
                if (why.code() == ErrorCode.UNREACHABLE || why.code() == ErrorCode.DEADLINE) {
                    locator.avoid(peer);
                }
            }
        }));
        return held;
    }
}
