package dev.chord.client.wire;

import dev.chord.client.wire.MalformedMessageException.Fault;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.Ack;
import dev.chord.proto.v1.Announce;
import dev.chord.proto.v1.Departing;
import dev.chord.proto.v1.FindStep;
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
import java.util.Optional;

/**
 * Between the requests and replies of the core and those of the ring's service on the wire, both ways. Pure;
 * any thread.
 */
public final class RingCodec {
    private RingCodec() {}

    public static RingRequest out(Optional<Identifier> target, Optional<Peer> from, Request request) {
        RingRequest.Builder builder = RingRequest.newBuilder();
        target.ifPresent(id -> builder.setTarget(WireCodec.out(id)));
        from.ifPresent(peer -> builder.setFrom(WireCodec.out(peer)));
        if (request instanceof Request.Ping) {
            builder.setPing(Ping.getDefaultInstance());
        } else if (request instanceof Request.GetNeighborhood) {
            builder.setGetNeighborhood(GetNeighborhood.getDefaultInstance());
        } else if (request instanceof Request.FindStep find) {
            builder.setFindStep(
                    FindStep.newBuilder().setKey(WireCodec.out(find.key())).setWidth(find.width()));
        } else if (request instanceof Request.JoinThrough join) {
            builder.setJoinThrough(JoinThrough.newBuilder().setJoiner(WireCodec.out(join.joiner())));
        } else if (request instanceof Request.Notify notify) {
            builder.setNotify(Notify.newBuilder().setNotifier(WireCodec.out(notify.notifier())));
        } else if (request instanceof Request.PrepareLeave prepare) {
            builder.setPrepareLeave(
                    PrepareLeave.newBuilder().setBefore(prepare.before()).setAfter(prepare.after()));
        } else if (request instanceof Request.Departing departing) {
            Departing.Builder words = Departing.newBuilder().addAllSuccessors(WireCodec.out(departing.successors()));
            departing.predecessor().ifPresent(p -> words.setPredecessor(WireCodec.out(p)));
            builder.setDeparting(words);
        } else if (request instanceof Request.ListMembers list) {
            builder.setListMembers(ListMembers.newBuilder().setLimit(list.limit()));
        } else if (request instanceof Request.Announce news) {
            builder.setAnnounce(Announce.newBuilder()
                    .setBefore(WireCodec.out(news.before()))
                    .setPoint(WireCodec.out(news.point()))
                    .setUntil(WireCodec.out(news.until())));
        }
        return builder.build();
    }

    public static Optional<Identifier> target(RingRequest request) {
        return request.getTarget().isEmpty() ? Optional.empty() : Optional.of(WireCodec.in(request.getTarget()));
    }

    public static Optional<Peer> from(RingRequest request) {
        return request.hasFrom() ? Optional.of(WireCodec.in(request.getFrom())) : Optional.empty();
    }

    public static Request in(RingRequest request) {
        return switch (request.getRequestCase()) {
            case PING -> new Request.Ping();
            case GET_NEIGHBORHOOD -> new Request.GetNeighborhood();
            case FIND_STEP ->
                new Request.FindStep(
                        WireCodec.in(request.getFindStep().getKey()),
                        request.getFindStep().getWidth());
            case JOIN_THROUGH ->
                new Request.JoinThrough(WireCodec.in(request.getJoinThrough().getJoiner()));
            case NOTIFY -> new Request.Notify(WireCodec.in(request.getNotify().getNotifier()));
            case PREPARE_LEAVE ->
                new Request.PrepareLeave(
                        request.getPrepareLeave().getBefore(),
                        request.getPrepareLeave().getAfter());
            case DEPARTING -> departing(request.getDeparting());
            case LIST_MEMBERS ->
                new Request.ListMembers(request.getListMembers().getLimit());
            case ANNOUNCE -> announce(request.getAnnounce());
            case REQUEST_NOT_SET -> throw new MalformedMessageException(Fault.KIND, "a ring request without a request");
        };
    }

    private static Request departing(Departing words) {
        Optional<Peer> predecessor =
                words.hasPredecessor() ? Optional.of(WireCodec.in(words.getPredecessor())) : Optional.empty();
        return new Request.Departing(predecessor, WireCodec.in(words.getSuccessorsList()));
    }

    private static Request announce(Announce news) {
        return new Request.Announce(
                WireCodec.in(news.getBefore()), WireCodec.in(news.getPoint()), WireCodec.in(news.getUntil()));
    }

    // ---- replies

    public static RingReply out(Reply reply) {
        RingReply.Builder builder = RingReply.newBuilder();
        if (reply instanceof Reply.Neighborhood at) {
            builder.setNeighborhood(out(at));
        } else if (reply instanceof Reply.Step step) {
            builder.setStep(Step.newBuilder().setAt(out(step.at())).addAllCloser(WireCodec.out(step.closer())));
        } else if (reply instanceof Reply.Members members) {
            builder.setMembers(Members.newBuilder().addAllPeers(WireCodec.out(members.peers())));
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
                new Reply.Step(
                        in(reply.getStep().getAt()),
                        WireCodec.in(reply.getStep().getCloserList()));
            case MEMBERS -> new Reply.Members(WireCodec.in(reply.getMembers().getPeersList()));
            case ACK -> new Reply.Ack();
            case REFUSED -> new Reply.Refused(reply.getRefused().getReason());
            case REPLY_NOT_SET -> throw new MalformedMessageException(Fault.KIND, "a ring reply without a reply");
        };
    }

    public static Neighborhood out(Reply.Neighborhood at) {
        Neighborhood.Builder builder = Neighborhood.newBuilder()
                .setSelf(WireCodec.out(at.self()))
                .setPhase(out(at.phase()))
                .addAllSuccessors(WireCodec.out(at.successors()))
                .setWholeRing(at.wholeRing())
                .setAdmits(at.admits())
                .setUnsettled(at.unsettled());
        at.predecessor().ifPresent(p -> builder.setPredecessor(WireCodec.out(p)));
        at.owned().ifPresent(arc -> builder.setOwned(WireCodec.out(arc)));
        return builder.build();
    }

    public static Reply.Neighborhood in(Neighborhood at) {
        return new Reply.Neighborhood(
                WireCodec.in(at.getSelf()),
                in(at.getPhase()),
                at.hasPredecessor() ? Optional.of(WireCodec.in(at.getPredecessor())) : Optional.empty(),
                WireCodec.in(at.getSuccessorsList()),
                at.getWholeRing(),
                at.getAdmits(),
                at.hasOwned() ? Optional.of(WireCodec.in(at.getOwned())) : Optional.empty(),
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
            case PHASE_UNSPECIFIED, UNRECOGNIZED ->
                throw new MalformedMessageException(Fault.KIND, "a phase of " + phase);
        };
    }
}
