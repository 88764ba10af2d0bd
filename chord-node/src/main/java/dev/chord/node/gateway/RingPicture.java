package dev.chord.node.gateway;

import dev.chord.client.Topology;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The ring as a drawing: each member where its identifier is, its arc in its colour, clockwise from the top.
 */
public final class RingPicture {
    private static final int SIZE = 640;
    private static final int RADIUS = 220;

    private RingPicture() {}

    /** The drawing as SVG, which stands by itself. */
    public static String of(List<Topology.Member> members) {
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
                        + " font-family=\"sans-serif\" font-size=\"13\">%n<title>a ring of %d members</title>%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>%n"
                        + "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"none\" stroke=\"#ccc\" stroke-width=\"2\"/>%n",
                SIZE,
                SIZE,
                members.size(),
                SIZE / 2,
                SIZE / 2,
                RADIUS));
        for (int i = 0; i < members.size(); i++) {
            Optional<Arc> owned = members.get(i).view().flatMap(Reply.Neighborhood::owned);
            String colour = colour(i, members.size());
            owned.ifPresent(arc -> svg.append(arc(arc, colour)));
        }
        for (int i = 0; i < members.size(); i++) {
            svg.append(member(members.get(i), colour(i, members.size())));
        }
        return svg.append("</svg>\n").toString();
    }

    private static String colour(int i, int of) {
        return "hsl(" + 360 * i / Math.max(1, of) + ", 60%, 45%)";
    }

    private static double x(double fraction, double radius) {
        return SIZE / 2.0 + radius * Math.sin(2 * Math.PI * fraction);
    }

    private static double y(double fraction, double radius) {
        return SIZE / 2.0 - radius * Math.cos(2 * Math.PI * fraction);
    }

    private static String arc(Arc arc, String colour) {
        if (arc.isWhole()) {
            return String.format(
                    Locale.ROOT,
                    "<circle cx=\"%d\" cy=\"%d\" r=\"%d\" fill=\"none\" stroke=\"%s\" stroke-width=\"14\"/>%n",
                    SIZE / 2,
                    SIZE / 2,
                    RADIUS,
                    colour);
        }
        double from = arc.from().fraction();
        double to = arc.to().fraction();
        double share = IdentifierCircle.FULL.distance(arc.from(), arc.to()).fraction();
        return String.format(
                Locale.ROOT,
                "<path d=\"M %.1f %.1f A %d %d 0 %d 1 %.1f %.1f\" fill=\"none\" stroke=\"%s\" stroke-width=\"14\"/>%n",
                x(from, RADIUS),
                y(from, RADIUS),
                RADIUS,
                RADIUS,
                share > 0.5 ? 1 : 0,
                x(to, RADIUS),
                y(to, RADIUS),
                colour);
    }

    private static String member(Topology.Member member, String colour) {
        Identifier id = member.peer().id();
        double at = id.fraction();
        boolean up = member.view().isPresent();
        double labelX = x(at, RADIUS + 26);
        String anchor = labelX > SIZE / 2.0 + 10 ? "start" : labelX < SIZE / 2.0 - 10 ? "end" : "middle";
        return String.format(
                Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"10\" fill=\"%s\" stroke=\"#222\" stroke-width=\"2\"/>"
                        + "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"#222\">%s %s</text>%n",
                x(at, RADIUS),
                y(at, RADIUS),
                up ? colour : "#fff",
                labelX,
                y(at, RADIUS + 26) + 4,
                anchor,
                id.abbreviated(),
                up ? escaped(member.peer().endpoint().toString()) : "down");
    }

    // Where a member says it can be reached is its own word, and may be anything.
    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
