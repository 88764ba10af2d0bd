package dev.chord.client.rpc;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.Ack;
import dev.chord.proto.v1.Announce;
import dev.chord.proto.v1.Departing;
import dev.chord.proto.v1.FindStep;
import dev.chord.proto.v1.FingerprintReply;
import dev.chord.proto.v1.GetNeighborhood;
import dev.chord.proto.v1.JoinThrough;
import dev.chord.proto.v1.ListMembers;
import dev.chord.proto.v1.Members;
import dev.chord.proto.v1.Neighborhood;
import dev.chord.proto.v1.Notify;
import dev.chord.proto.v1.Ping;
import dev.chord.proto.v1.PrepareLeave;
import dev.chord.proto.v1.Refused;
import dev.chord.proto.v1.RingReply;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Between the words of the core and the words of the wire, both ways. What comes in is checked here; past this class
 * nobody meets a malformed identifier, port or list.
 */
public final class WireCodec {
    /** The longest list of peers a message may carry. */
    static final int MAX_PEERS = 1024;

    private static final int MAX_TEXT = 255;

    private WireCodec() {}

    // ---- identifiers, peers, arcs

    /** The bytes where they lie, without a copy; nobody may write to them. A read-only view would be hashed through copies. */
    public static ByteBuffer view(ByteString bytes) {
        View view = new View();
        try {
            UnsafeByteOperations.unsafeWriteTo(bytes, view);
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        }
        return view.whole.orElseGet(() -> ByteBuffer.wrap(bytes.toByteArray()));
    }

    private static final class View extends ByteOutput {
        private Optional<ByteBuffer> whole = Optional.empty();
        private boolean many;

        private void add(ByteBuffer part) {
            whole = many ? Optional.empty() : Optional.of(part);
            many = true;
        }

        @Override
        public void write(byte value) {
            add(ByteBuffer.wrap(new byte[] {value}));
        }

        @Override
        public void write(byte[] value, int offset, int length) {
            add(ByteBuffer.wrap(value, offset, length).slice());
        }

        @Override
        public void writeLazy(byte[] value, int offset, int length) {
            write(value, offset, length);
        }

        @Override
        public void write(ByteBuffer value) {
            add(value.slice());
        }

        @Override
        public void writeLazy(ByteBuffer value) {
            write(value);
        }
    }

    public static ByteString out(Identifier id) {
        return UnsafeByteOperations.unsafeWrap(id.toBytes());
    }

    public static Identifier in(ByteString bytes) {
        if (bytes.size() != Identifier.BYTES) {
            throw new MalformedMessageException("an identifier of " + bytes.size() + " bytes");
        }
        return Identifier.ofBytes(bytes.toByteArray());
    }

    public static dev.chord.proto.v1.Peer out(Peer peer) {
        return dev.chord.proto.v1.Peer.newBuilder()
                .setId(out(peer.id()))
                .setHost(peer.endpoint().host())
                .setPort(peer.endpoint().port())
                .setZone(peer.zone())
                .setProcess(out(peer.process()))
                .setIncarnation(peer.incarnation())
                .setWeight(peer.weight())
                .build();
    }

    public static Peer in(dev.chord.proto.v1.Peer peer) {
        if (peer.getPort() < 1 || peer.getPort() > 65_535 || peer.getHost().isBlank()) {
            throw new MalformedMessageException("a peer at '" + peer.getHost() + "' port " + peer.getPort());
        }
        if (peer.getHost().length() > MAX_TEXT || peer.getZone().length() > MAX_TEXT || peer.getIncarnation() < 0) {
            throw new MalformedMessageException("a peer with an oversized host, zone or incarnation");
        }
        if (peer.getWeight() < 0) {
            throw new MalformedMessageException("a peer of negative weight");
        }
        return new Peer(
                in(peer.getId()),
                new Endpoint(peer.getHost(), peer.getPort()),
                peer.getZone(),
                in(peer.getProcess()),
                peer.getIncarnation(),
                Math.max(1, peer.getWeight())); // 0: it does not say
    }

    public static List<Peer> in(List<dev.chord.proto.v1.Peer> peers) {
        if (peers.size() > MAX_PEERS) {
            throw new MalformedMessageException("a list of " + peers.size() + " peers");
        }
        return peers.stream().map(WireCodec::in).toList();
    }

    public static List<dev.chord.proto.v1.Peer> out(List<Peer> peers) {
        return peers.stream().map(WireCodec::out).toList();
    }

    public static dev.chord.proto.v1.Arc out(Arc arc) {
        return dev.chord.proto.v1.Arc.newBuilder()
                .setFrom(out(arc.from()))
                .setTo(out(arc.to()))
                .build();
    }

    public static Arc in(dev.chord.proto.v1.Arc arc) {
        return new Arc(in(arc.getFrom()), in(arc.getTo()));
    }

    /**
     * The numbers of fingerprints.
     *
     * @throws MalformedMessageException if they are of another kind
     */
    public static long[] parts(List<Long> parts) {
        if (parts.size() != Fingerprints.PARTS) {
            throw new MalformedMessageException("fingerprints of " + parts.size() + " parts");
        }
        return parts.stream().mapToLong(Long::longValue).toArray();
    }

    public static FingerprintReply out(Fingerprints fingerprints) {
        FingerprintReply.Builder reply = FingerprintReply.newBuilder();
        for (int part = 0; part < Fingerprints.PARTS; part++) {
            reply.addParts(fingerprints.get(part));
        }
        return reply.build();
    }

    public static dev.chord.proto.v1.Version out(Version version) {
        return dev.chord.proto.v1.Version.newBuilder()
                .setSequence(version.sequence())
                .setWriter(out(version.writer()))
                .build();
    }

    public static Version in(dev.chord.proto.v1.Version version) {
        if (version.getSequence() < 0) {
            throw new MalformedMessageException("a version below 0");
        }
        Identifier writer = version.getWriter().isEmpty() ? Identifier.ZERO : in(version.getWriter());
        return new Version(version.getSequence(), writer);
    }

    // ---- requests

    public static RingRequest out(Optional<Identifier> target, Optional<Peer> from, Request request) {
        RingRequest.Builder builder = RingRequest.newBuilder();
        target.ifPresent(id -> builder.setTarget(out(id)));
        from.ifPresent(peer -> builder.setFrom(out(peer)));
        if (request instanceof Request.Ping) {
            builder.setPing(Ping.getDefaultInstance());
        } else if (request instanceof Request.GetNeighborhood) {
            builder.setGetNeighborhood(GetNeighborhood.getDefaultInstance());
        } else if (request instanceof Request.FindStep find) {
            builder.setFindStep(FindStep.newBuilder().setKey(out(find.key())).setWidth(find.width()));
        } else if (request instanceof Request.JoinThrough join) {
            builder.setJoinThrough(JoinThrough.newBuilder().setJoiner(out(join.joiner())));
        } else if (request instanceof Request.Notify notify) {
            builder.setNotify(Notify.newBuilder().setNotifier(out(notify.notifier())));
        } else if (request instanceof Request.PrepareLeave prepare) {
            builder.setPrepareLeave(
                    PrepareLeave.newBuilder().setBefore(prepare.before()).setAfter(prepare.after()));
        } else if (request instanceof Request.Departing departing) {
            Departing.Builder words = Departing.newBuilder().addAllSuccessors(out(departing.successors()));
            departing.predecessor().ifPresent(p -> words.setPredecessor(out(p)));
            builder.setDeparting(words);
        } else if (request instanceof Request.ListMembers list) {
            builder.setListMembers(ListMembers.newBuilder().setLimit(list.limit()));
        } else if (request instanceof Request.Announce news) {
            builder.setAnnounce(Announce.newBuilder()
                    .setBefore(out(news.before()))
                    .setPoint(out(news.point()))
                    .setUntil(out(news.until())));
        }
        return builder.build();
    }

    public static Optional<Identifier> target(RingRequest request) {
        return request.getTarget().isEmpty() ? Optional.empty() : Optional.of(in(request.getTarget()));
    }

    public static Optional<Peer> from(RingRequest request) {
        return request.hasFrom() ? Optional.of(in(request.getFrom())) : Optional.empty();
    }

    public static Request in(RingRequest request) {
        return switch (request.getRequestCase()) {
            case PING -> new Request.Ping();
            case GET_NEIGHBORHOOD -> new Request.GetNeighborhood();
            case FIND_STEP ->
                new Request.FindStep(
                        in(request.getFindStep().getKey()),
                        request.getFindStep().getWidth());
            case JOIN_THROUGH ->
                new Request.JoinThrough(in(request.getJoinThrough().getJoiner()));
            case NOTIFY -> new Request.Notify(in(request.getNotify().getNotifier()));
            case PREPARE_LEAVE ->
                new Request.PrepareLeave(
                        request.getPrepareLeave().getBefore(),
                        request.getPrepareLeave().getAfter());
            case DEPARTING -> departing(request.getDeparting());
            case LIST_MEMBERS ->
                new Request.ListMembers(request.getListMembers().getLimit());
            case ANNOUNCE -> announce(request.getAnnounce());
            case REQUEST_NOT_SET -> throw new MalformedMessageException("a ring request without a request");
        };
    }

    private static Request departing(Departing words) {
        Optional<Peer> predecessor =
                words.hasPredecessor() ? Optional.of(in(words.getPredecessor())) : Optional.empty();
        return new Request.Departing(predecessor, in(words.getSuccessorsList()));
    }

    private static Request announce(Announce news) {
        return new Request.Announce(in(news.getBefore()), in(news.getPoint()), in(news.getUntil()));
    }

    // ---- replies

    public static RingReply out(Reply reply) {
        RingReply.Builder builder = RingReply.newBuilder();
        if (reply instanceof Reply.Neighborhood at) {
            builder.setNeighborhood(out(at));
        } else if (reply instanceof Reply.Step step) {
            builder.setStep(Step.newBuilder().setAt(out(step.at())).addAllCloser(out(step.closer())));
        } else if (reply instanceof Reply.Members members) {
            builder.setMembers(Members.newBuilder().addAllPeers(out(members.peers())));
        } else if (reply instanceof Reply.Refused refused) {
            builder.setRefused(Refused.newBuilder().setReason(refused.reason()));
        } else {
            builder.setAck(Ack.getDefaultInstance());
        }
        return builder.build();
    }

    public static Reply in(RingReply reply) {
        return switch (reply.getReplyCase()) {
            case NEIGHBORHOOD -> in(reply.getNeighborhood());
            case STEP ->
                new Reply.Step(in(reply.getStep().getAt()), in(reply.getStep().getCloserList()));
            case MEMBERS -> new Reply.Members(in(reply.getMembers().getPeersList()));
            case ACK -> new Reply.Ack();
            case REFUSED -> new Reply.Refused(reply.getRefused().getReason());
            case REPLY_NOT_SET -> throw new MalformedMessageException("a ring reply without a reply");
        };
    }

    public static Neighborhood out(Reply.Neighborhood at) {
        Neighborhood.Builder builder = Neighborhood.newBuilder()
                .setSelf(out(at.self()))
                .setPhase(out(at.phase()))
                .addAllSuccessors(out(at.successors()))
                .setWholeRing(at.wholeRing())
                .setAdmits(at.admits())
                .setUnsettled(at.unsettled());
        at.predecessor().ifPresent(p -> builder.setPredecessor(out(p)));
        at.owned().ifPresent(arc -> builder.setOwned(out(arc)));
        return builder.build();
    }

    public static Reply.Neighborhood in(Neighborhood at) {
        return new Reply.Neighborhood(
                in(at.getSelf()),
                in(at.getPhase()),
                at.hasPredecessor() ? Optional.of(in(at.getPredecessor())) : Optional.empty(),
                in(at.getSuccessorsList()),
                at.getWholeRing(),
                at.getAdmits(),
                at.hasOwned() ? Optional.of(in(at.getOwned())) : Optional.empty(),
                Math.max(0, at.getUnsettled()));
    }

    private static dev.chord.proto.v1.Phase out(Phase phase) {
        return switch (phase) {
            case OUTSIDE -> dev.chord.proto.v1.Phase.PHASE_OUTSIDE;
            case JOINING -> dev.chord.proto.v1.Phase.PHASE_JOINING;
            case MEMBER -> dev.chord.proto.v1.Phase.PHASE_MEMBER;
            case LEAVING -> dev.chord.proto.v1.Phase.PHASE_LEAVING;
            case LEFT -> dev.chord.proto.v1.Phase.PHASE_LEFT;
            case ISOLATED -> dev.chord.proto.v1.Phase.PHASE_ISOLATED;
        };
    }

    private static Phase in(dev.chord.proto.v1.Phase phase) {
        return switch (phase) {
            case PHASE_OUTSIDE -> Phase.OUTSIDE;
            case PHASE_JOINING -> Phase.JOINING;
            case PHASE_MEMBER -> Phase.MEMBER;
            case PHASE_LEAVING -> Phase.LEAVING;
            case PHASE_LEFT -> Phase.LEFT;
            case PHASE_ISOLATED -> Phase.ISOLATED;
            case PHASE_UNSPECIFIED, UNRECOGNIZED -> throw new MalformedMessageException("a phase of " + phase);
        };
    }
}
