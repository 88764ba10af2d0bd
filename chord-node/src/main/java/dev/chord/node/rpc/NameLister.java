package dev.chord.node.rpc;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.NameFilter;
import dev.chord.node.store.NameIndex;
import dev.chord.proto.v1.ListNamesReply;
import dev.chord.proto.v1.ListNamesRequest;
import dev.chord.proto.v1.Record;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists the names of the arc that a member here answers for, and says whom else to ask. */
final class NameLister {
    private static final int MAX_PATTERN = 256;
    private static final int MAX_STARS = 6;
    private static final int MAX_ARCS = 32;
    private static final int PAGE = 4000; // rows read at a time: each page looks the names up anew
    private static final int MESSAGE = 500;

    private final NodeLoop loop;
    private final NameIndex names;

    NameLister(NodeLoop loop, NameIndex names) {
        this.loop = loop;
        this.names = names;
    }

    void list(ListNamesRequest request, Answers.Sender<ListNamesReply> sender) {
        NameFilter filter = filter(request);
        List<Arc> within = request.getWithinList().stream().map(WireCodec::in).toList();
        if (within.size() > MAX_ARCS) {
            throw new ChordException(ErrorCode.USAGE, "at most " + MAX_ARCS + " arcs", "ask for all");
        }
        NodeState member = member(loop, WireCodec.in(request.getTarget()));
        sender.send(ListNamesReply.newBuilder()
                .addAllKnown(WireCodec.out(member.view().known()))
                .build());
        Optional<Arc> arc = member.ownership().settled();
        ListNamesReply.Builder end = ListNamesReply.newBuilder();
        for (NameIndex.Query query :
                arc.map(owned -> queries(filter, owned, within)).orElse(List.of())) {
            if (request.getLimit() > 0) {
                sendPage(names.page(query, request.getAfter(), request.getLimit()), sender);
                end.setTotal(end.getTotal() + names.count(query));
            } else {
                sendAll(query, request.getAfter(), sender);
            }
        }
        Optional<Arc> after =
                loop.state(member.self().id()).flatMap(s -> s.ownership().settled());
        // What was given away meanwhile is for its new owner to list.
        arc.filter(a -> after.equals(Optional.of(a))).ifPresent(a -> end.setCovered(WireCodec.out(a)));
        sender.send(end.build());
    }

    /** The state of a member of this process. */
    static NodeState member(NodeLoop loop, Identifier target) {
        return loop.state(target)
                .orElseThrow(() -> new ChordException(
                        ErrorCode.NOT_FOUND, "no member " + target + " in this process", "ask again round the ring"));
    }

    private static List<NameIndex.Query> queries(NameFilter filter, Arc owned, List<Arc> within) {
        if (within.isEmpty()) {
            return List.of(NameIndex.Query.of(filter, owned));
        }
        List<NameIndex.Query> queries = new ArrayList<>();
        within.stream()
                .filter(owned::intersects)
                .forEach(arc -> queries.add(new NameIndex.Query(filter, List.of(owned, arc))));
        return queries;
    }

    // A glob with many stars takes long to match.
    private static NameFilter filter(ListNamesRequest request) {
        String pattern = request.getPattern();
        if (pattern.length() > MAX_PATTERN
                || pattern.chars().filter(c -> c == '*').count() > MAX_STARS) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "a pattern has at most " + MAX_PATTERN + " characters and " + MAX_STARS + " stars",
                    "use a simpler one");
        }
        return new NameFilter(request.getPrefix(), pattern);
    }

    private void sendAll(NameIndex.Query query, String from, Answers.Sender<ListNamesReply> sender) {
        String after = from;
        List<Record> page = names.page(query, after, PAGE);
        while (!page.isEmpty()) {
            sendPage(page, sender);
            after = page.get(page.size() - 1).getLabel();
            page = page.size() < PAGE ? List.of() : names.page(query, after, PAGE);
        }
    }

    private static void sendPage(List<Record> page, Answers.Sender<ListNamesReply> sender) {
        for (int from = 0; from < page.size(); from += MESSAGE) {
            sender.send(ListNamesReply.newBuilder()
                    .addAllRecords(page.subList(from, Math.min(page.size(), from + MESSAGE)))
                    .build());
        }
    }
}
