package dev.chord.node.rpc;

import com.google.common.collect.AbstractIterator;
import com.google.common.collect.Iterators;
import com.google.common.collect.Lists;
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
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    /**
     * The messages of one answer, each made when it is asked for: whom else to ask, the names, and what has
     * been answered for.
     *
     * @throws ChordException USAGE for more than may be asked, NOT_FOUND if the member is not here
     */
    Iterator<ListNamesReply> list(ListNamesRequest request) {
        NameFilter filter = filter(request);
        List<Arc> within = request.getWithinList().stream().map(WireCodec::in).toList();
        if (within.size() > MAX_ARCS) {
            throw new ChordException(ErrorCode.USAGE, "at most " + MAX_ARCS + " arcs", "ask for all");
        }
        NodeState member = member(loop, WireCodec.in(request.getTarget()));
        ListNamesReply known = ListNamesReply.newBuilder()
                .addAllKnown(WireCodec.out(member.view().known()))
                .build();
        Optional<Arc> arc = member.ownership().settled();
        List<NameIndex.Query> queries =
                arc.map(owned -> queries(filter, owned, within)).orElse(List.of());
        return Iterators.concat(
                Iterators.singletonIterator(known),
                Iterators.concat(Iterators.transform(queries.iterator(), q -> rows(q, request))),
                Stream.of(arc)
                        .map(owned -> end(request, member, owned, queries))
                        .iterator()); // looked at last
    }

    private ListNamesReply end(
            ListNamesRequest request, NodeState member, Optional<Arc> arc, List<NameIndex.Query> queries) {
        ListNamesReply.Builder end = ListNamesReply.newBuilder();
        if (request.getLimit() > 0) {
            queries.forEach(query -> end.setTotal(end.getTotal() + names.count(query)));
        }
        Optional<Arc> after =
                loop.state(member.self().id()).flatMap(s -> s.ownership().settled());
        // What was given away meanwhile is for its new owner to list.
        arc.filter(a -> after.equals(Optional.of(a))).ifPresent(a -> end.setCovered(WireCodec.out(a)));
        return end.build();
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

    private Iterator<ListNamesReply> rows(NameIndex.Query query, ListNamesRequest request) {
        if (request.getLimit() > 0) {
            return messages(names.page(query, request.getAfter(), request.getLimit()));
        }
        return Iterators.concat(new AbstractIterator<Iterator<ListNamesReply>>() {
            private String after = request.getAfter();
            private boolean more = true;

            @Override
            protected @Nullable Iterator<ListNamesReply> computeNext() {
                List<Record> page = more ? names.page(query, after, PAGE) : List.of();
                if (page.isEmpty()) {
                    return endOfData();
                }
                after = page.get(page.size() - 1).getLabel();
                more = page.size() == PAGE;
                return messages(page);
            }
        });
    }

    private static Iterator<ListNamesReply> messages(List<Record> page) {
        return Iterators.transform(
                Lists.partition(page, MESSAGE).iterator(),
                part -> ListNamesReply.newBuilder().addAllRecords(part).build());
    }
}
